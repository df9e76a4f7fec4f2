/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "order.h"

#include <sysexits.h>
#include <unistd.h>

#include "conf_file.h"
#include "gate/refusals.h"
#include "scanner.h"

/* NULL, or why the number is none. */
static const char *
take_parallel(struct order *order, const char *value)
{
	uint64_t n;

	if (!str_to_u64(str_of(value), &n) || n == 0 || n > SCANNER_THREADS)
		return "--parallel is a number from 1 to 16";
	order->parallel = (size_t)n;
	return NULL;
}

/* A file, or the reference of a refusal when there is no file of that name. */
static void
take_word(struct order *order, const char *word, bool refs)
{
	if (refs && order->n_refs < ORDER_REFS && refusals_is_id(str_of(word)) && access(word, F_OK) != 0)
		order->refs[order->n_refs++] = word;
	else
		files_add(&order->files, word);
}

/* 0, or EX_USAGE after saying why. */
static int
read_words(struct args *a, const char *none, bool refs, struct order *order)
{
	const char *value, *why = NULL;
	int i;

	while (!why && (i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case ORDER_JSON: order->json = true; break;
		case ORDER_LOCAL: order->local = true; break;
		case ORDER_CONFIG: order->config = value; break;
		case ORDER_PARALLEL: why = take_parallel(order, value); break;
		case ARGS_WORD: take_word(order, value, refs); break;
		case ARGS_BAD: return EX_USAGE;
		}
		if (i >= 0 && i < ENVELOPE_OPTS)
			why = envelope_take(&order->envelope, i, value);
	}
	if (!why && order->files.n == 0 && order->n_refs == 0 && order->files.errors == 0)
		why = none;
	return why ? args_usage(a, why) : 0;
}

int
order_run(struct args *a, const char *none, bool refs, int (*carry_out)(struct order *, const struct conf *))
{
	static struct order order;	/* large: it holds every recipient */
	struct conf *conf = NULL;
	int status = read_words(a, none, refs, &order);

	if (status == 0 && conf_file_open(order.config, &conf) != 0)
		status = ORDER_ERROR;
	if (status == 0)
		status = carry_out(&order, conf);
	if (conf)
		conf_put(&conf);
	files_clear(&order.files);
	return status;
}
