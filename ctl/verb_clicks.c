/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_clicks.c - what people clicked, and what they are to click no more */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "click/blocked.h"
#include "conf_file.h"
#include "facts.h"
#include "gate/settings.h"
#include "notice.h"
#include "store/journal.h"
#include "verb.h"
#include "web/record.h"

enum { JSON, CONFIG };
static const struct args_opt opts[] = {
	[JSON] = { 'j', "json", NULL, "list: one JSON object a click, as they are kept." },
	[CONFIG] = { 'c', "config", "FILE", "The configuration that names state_dir." },
	{ .name = NULL }
};

enum { WORDS = 256, LINE_BYTES = 128 * 1024, WHY_BYTES = 8192 };

struct order {
	const char *way, *words[WORDS], *config;
	size_t n_words;
	bool json;
};

static void
put_row(struct str line)
{
	struct json_object *o = facts_parse(line);
	time_t t = (time_t)(facts_num(o, "time_ms") / 1000);
	struct tm tm;
	struct buf out;
	char when[32] = "-";

	if (localtime_r(&t, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	buf_init(&out, LINE_BYTES);
	buf_printf(&out, "%-19s  %-8.*s  ", when, STR_ARG(facts_str(o, "shown")));
	facts_show(o, "rcpt", &out);
	buf_adds(&out, "  ");
	facts_show(o, "url", &out);
	puts(buf_cstr(&out));
	buf_clear(&out);
	json_object_put(o);
}

/* journal_find gives lines without an end of their own. */
static void
each(void *arg, struct str line)
{
	const struct order *order = arg;
	struct buf copy;

	buf_init(&copy, LINE_BYTES);
	buf_add(&copy, line);
	if (order->json)
		puts(buf_cstr(&copy));
	else if (!copy.full)
		put_row(buf_str(&copy));
	buf_clear(&copy);
}

static int
list(struct order *order, struct str state_dir)
{
	struct pool *pool = pool_new(0);
	struct str path = pool_printf(pool, "%.*s/" RECORD_FILE, STR_ARG(state_dir));

	if (!order->json)
		printf("%-19s  %-8s  %s  %s\n", "TIME", "SHOWN", "RECIPIENT", "LINK");
	journal_find(path, order->n_words ? str_of(order->words[0]) : STR_NONE, each, order);
	pool_free(&pool);
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

static int
change(struct order *order, struct str state_dir)
{
	bool add = strcmp(order->way, "block") == 0, changed = false;
	int status = EX_OK;
	struct buf why;

	buf_init(&why, WHY_BYTES);
	for (size_t i = 0; i < order->n_words; i++) {
		enum rc rc = blocked_change(state_dir, str_of(order->words[i]), add, &changed, &why);

		if (rc == RC_OK) {
			printf("%s: %s\n", order->words[i], add ? (changed ? "blocked" : "was blocked already") :
			    changed ? "no longer blocked" : "was not blocked");
			continue;
		}
		notice("%s: %s", order->words[i], buf_cstr(&why));
		status = rc == RC_BAD ? EX_DATAERR : EX_TEMPFAIL;
		buf_reset(&why);
	}
	buf_clear(&why);
	return status;
}

/* The ways of `clicks WAY`. */
static const struct {
	const char *name;
	int (*run)(struct order *, struct str state_dir);
	size_t least, most;
	const char *wrong;
} ways[] = {
	{ "list", list, 0, 1, "list those with at most one word" },
	{ "block", change, 1, WORDS, "block what? A message, a host or a URL" },
	{ "unblock", change, 1, WORDS, "unblock what? A message, a host or a URL" },
};

static int
dispatch(struct args *a, struct order *order)
{
	const struct gate_conf *gc;
	struct conf *conf;
	size_t i = 0, n = sizeof(ways) / sizeof(ways[0]);
	int status;

	while (order->way && i < n && strcmp(ways[i].name, order->way) != 0)
		i++;
	if (!order->way || i == n)
		return args_usage(a, "list, block or unblock?");
	if (order->n_words < ways[i].least || order->n_words > ways[i].most)
		return args_usage(a, ways[i].wrong);
	status = conf_file_open(order->config, &conf);
	if (status != 0)
		return status;
	gc = conf_values(conf, &gate_table);
	status = ways[i].run(order, gc->state_dir);
	conf_put(&conf);
	return status;
}

static int
run(struct args *a)
{
	struct order order = { .way = NULL };
	const char *value;
	int i;

	while ((i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case JSON: order.json = true; break;
		case CONFIG: order.config = value; break;
		case ARGS_WORD:
			if (!order.way)
				order.way = value;
			else if (order.n_words < WORDS)
				order.words[order.n_words++] = value;
			else
				return args_usage(a, "too many names");
			break;
		case ARGS_BAD: return EX_USAGE;
		}
	}
	return dispatch(a, &order);
}

const struct verb verb_clicks = {
	.name = "clicks", .words = "list [WORD] | block NAME... | unblock NAME...", .opts = opts, .run = run,
	.help = "List what people clicked; block a message's links, a host or a URL from now on.",
};
