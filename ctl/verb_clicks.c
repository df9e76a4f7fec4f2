/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_clicks.c - what people clicked, and what they are to click no more */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "click/blocked.h"
#include "facts.h"
#include "gate/settings.h"
#include "notice.h"
#include "store/journal.h"
#include "verb.h"
#include "ways.h"
#include "web/clicklog.h"

enum { JSON, CONFIG };
static const struct args_opt opts[] = {
	[JSON] = { 'j', "json", NULL, "list: one JSON object a click, as they are kept." },
	[CONFIG] = { 'c', "config", "FILE", "The configuration that names state_dir." },
	{ .name = NULL }
};

enum { LINE_BYTES = 128 * 1024, WHY_BYTES = 8192 };

struct order {
	struct ways ways;
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

static struct str
state_dir_of(const struct conf *conf)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);

	return gc->state_dir;
}

static int
list(struct ways *ways, const struct conf *conf)
{
	struct order *order = (struct order *)ways;
	struct pool *pool = pool_new(0);
	struct str path = pool_printf(pool, "%.*s/" CLICKLOG_FILE, STR_ARG(state_dir_of(conf)));

	if (!order->json)
		printf("%-19s  %-8s  %s  %s\n", "TIME", "SHOWN", "RECIPIENT", "LINK");
	journal_find(path, ways->n_words ? str_of(ways->words[0]) : STR_NONE, each, order);
	pool_free(&pool);
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

static int
change(struct ways *order, const struct conf *conf)
{
	bool add = strcmp(order->way, "block") == 0, changed = false;
	int status = EX_OK;
	struct buf why;

	buf_init(&why, WHY_BYTES);
	for (size_t i = 0; i < order->n_words; i++) {
		enum rc rc = blocked_change(state_dir_of(conf), str_of(order->words[i]), add, &changed, &why);

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

static const struct way ways[] = {
	{ "list", list, 0, 1, "list those with at most one word" },
	{ "block", change, 1, WAYS_WORDS, "block what? A message, a host or a URL" },
	{ "unblock", change, 1, WAYS_WORDS, "unblock what? A message, a host or a URL" },
	{ .name = NULL }
};

static int
run(struct args *a)
{
	struct order order = { .json = false };
	const char *value;
	int i;

	while ((i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case JSON: order.json = true; break;
		case CONFIG: order.ways.config = value; break;
		case ARGS_WORD:
			if (!ways_take(&order.ways, value))
				return args_usage(a, "too many names");
			break;
		case ARGS_BAD: return EX_USAGE;
		}
	}
	return ways_run(a, &order.ways, ways);
}

const struct verb verb_clicks = {
	.name = "clicks", .words = "list [WORD] | block NAME... | unblock NAME...", .opts = opts, .run = run, .ways = ways,
	.help = "List what people clicked; block a message's links, a host or a URL from now on.",
};
