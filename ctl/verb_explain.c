/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_explain.c - the same as scan, as a tree a person reads */
#include <stdio.h>
#include <sysexits.h>

#include "conf_file.h"
#include "envelope.h"
#include "explain.h"
#include "facts.h"
#include "notice.h"
#include "scanner.h"
#include "signals.h"
#include "verb.h"

enum { JSON = ENVELOPE_OPTS, LOCAL, CONFIG };
static const struct args_opt opts[] = {
	ENVELOPE_ROWS,
	[JSON] = { 'j', "json", NULL, "The JSON of scan with reasons, checks and details." },
	[LOCAL] = { 'l', "local", NULL, "Own sandboxed workers, also when sekimorid runs." },
	[CONFIG] = ARGS_CONF,
	{ .name = NULL }
};

enum { TEXT_BYTES = 64 * 1024 * 1024, EXIT_FOUND = 1, EXIT_ERROR = 2 };

struct order {
	struct envelope envelope;
	struct files files;
	const char *config;
	bool json, local;
	int status;
};

static void
show(const struct json_object *o)
{
	struct buf text;

	buf_init(&text, TEXT_BYTES);
	explain_format(o, &text);
	fwrite(buf_cstr(&text), 1, text.n, stdout);
	if (text.full)
		notice("the rest does not fit");
	buf_clear(&text);
}

static void
each(void *arg, const char *path, struct str json)
{
	struct order *order = arg;
	struct json_object *o = facts_parse(json);
	struct str why = facts_str(o, "error");

	if (order->json && o)
		printf("%.*s\n", STR_ARG(json));
	if (!o || why.n) {
		notice("%s: %.*s", path, STR_ARG(why));
		order->status = EXIT_ERROR;
	} else {
		if (!order->json)
			show(o);
		if (order->status == 0 &&
		    (!facts_bool(o, "complete") || !str_eq(facts_str(o, "verdict"), STR("clean"))))
			order->status = EXIT_FOUND;
	}
	json_object_put(o);
}

static int
explain(struct order *order, const struct conf *conf)
{
	struct judge_setup setup = { .conf = conf, .local = order->local, .explain = true,
	    .session = order->envelope.session };
	struct scanner *s;

	order->status = order->files.errors ? EXIT_ERROR : 0;
	if (scanner_open(&setup, 1, &s) != RC_OK)
		return EXIT_ERROR;
	if (!scanner_run(s, &order->files, &(struct scanner_sink){ .each = each, .arg = order }))
		order->status = EXIT_ERROR;
	scanner_close(&s);
	signals_die();
	return fflush(stdout) == 0 ? order->status : EXIT_ERROR;
}

static int
read_words(struct args *a, struct order *order)
{
	const char *value, *why = NULL;
	int i;

	while (!why && (i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case JSON: order->json = true; break;
		case LOCAL: order->local = true; break;
		case CONFIG: order->config = value; break;
		case ARGS_WORD: files_add(&order->files, value); break;
		case ARGS_BAD: return EX_USAGE;
		}
		if (i >= 0 && i < ENVELOPE_OPTS)
			why = envelope_take(&order->envelope, i, value);
	}
	if (!why && order->files.n == 0 && order->files.errors == 0)
		why = "which message? A file, or - for stdin";
	return why ? args_usage(a, why) : 0;
}

static int
run(struct args *a)
{
	static struct order order;
	struct conf *conf = NULL;
	int status = read_words(a, &order);

	if (status == 0 && conf_file_open(order.config, &conf) != 0)
		status = EXIT_ERROR;
	if (status == 0)
		status = explain(&order, conf);
	if (conf)
		conf_put(&conf);
	files_clear(&order.files);
	return status;
}

const struct verb verb_explain = {
	.name = "explain", .words = "FILE|-...", .opts = opts, .run = run,
	.help = "Show what was looked at, what was seen, and which policy line decided.",
};
