/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_explain.c - the same as scan, as a tree a person reads */
#include <stdio.h>
#include <time.h>

#include "base/jtext.h"
#include "explain.h"
#include "facts.h"
#include "gate/refusals.h"
#include "gate/settings.h"
#include "notice.h"
#include "memory.h"
#include "order.h"
#include "recall.h"
#include "scanner.h"
#include "search.h"
#include "signals.h"
#include "verb.h"

static const struct args_opt opts[] = {
	ORDER_ROWS("The JSON of scan with reasons, checks and details."),
	{ .name = NULL }
};

enum { TEXT_BYTES = 64 * 1024 * 1024 };

struct tally {
	bool json;
	int status;
};

static void
show(const struct json_object *o)
{
	struct buf text;

	buf_init(&text, TEXT_BYTES);
	explain_format(o, &text);
	recall_format(o, &text);
	fwrite(buf_cstr(&text), 1, text.n, stdout);
	if (text.full)
		notice("the rest does not fit");
	buf_clear(&text);
}

static void
each(void *arg, const char *path, struct str json)
{
	struct tally *t = arg;
	struct json_object *o = facts_parse(json);
	struct str why = facts_str(o, "error");

	if (t->json && o)
		printf("%.*s\n", STR_ARG(json));
	if (!o || why.n) {
		notice("%s: %.*s", path, STR_ARG(why));
		t->status = ORDER_ERROR;
	} else {
		if (!t->json)
			show(o);
		if (t->status == 0 &&
		    (!facts_bool(o, "complete") || !str_eq(facts_str(o, "verdict"), STR("clean"))))
			t->status = ORDER_FOUND;
	}
	json_object_put(o);
}

/* ---- what was refused, by its reference ---- */

struct lookup {
	struct str id;
	bool json;
	size_t n;
};

static void
each_refusal(void *arg, struct str json)
{
	struct lookup *l = arg;
	struct json_object *o = facts_parse(json);

	if (o && str_eq(facts_str(o, "id"), l->id)) {
		l->n++;
		if (l->json)
			printf("%.*s\n", STR_ARG(json));
		else
			show(o);
	}
	json_object_put(o);
}

/* ---- what the ledger knows ---- */

static void
put_record(const struct order *order, struct json_object *taken)
{
	struct buf text;

	if (!order->json) {
		show(taken);
		json_object_put(taken);
		return;
	}
	buf_init(&text, TEXT_BYTES);
	jtext_write(taken, &text);
	puts(buf_cstr(&text));
	buf_clear(&text);
}

/* The ID of a record, or a queue ID, which an MTA may give again: then the newest, and the others are named. */
static bool
explain_record(const struct order *order, const struct memory *m, const char *id)
{
	struct search s = { .query = { .outcome = -1, .max = 10 }, .n_words = 1 };
	struct pool *pool = pool_new(0);
	struct vec rows = { .n = 0 };
	struct json_object *o = NULL;
	struct str record = str_of(id);
	const struct record *row;

	s.word[0] = (struct search_word){ .text = record, .kind = { OBS_QUEUE_ID }, .n_kinds = 1 };
	if (!record_id_time(record, &(int64_t){ 0 }) && search_run(m, &s, pool, &rows) == RC_OK && rows.n > 0) {
		row = rows.items;
		record = row[0].id;
		for (size_t i = 1; i < rows.n; i++)
			notice("%s is also the queue ID of %.*s", id, STR_ARG(row[i].id));
	}
	if (recall_get(m, pool, record, &o) == RC_OK)
		put_record(order, o);
	pool_free(&pool);
	return o != NULL;
}

/* 0 when the reference is known. */
static int
explain_refusal(const struct order *order, const struct conf *conf, const char *id)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);
	const struct timespec moment = { 0, 5 * JOURNAL_GATHER_MS * 1000000L };
	struct lookup l = { .id = str_of(id), .json = order->json };
	struct pool *pool = pool_new(0);
	struct str path = refusals_path(pool, gc->state_dir);

	journal_find(path, l.id, each_refusal, &l);
	if (l.n == 0) {	/* given just now: it is written a moment later */
		nanosleep(&moment, NULL);
		journal_find(path, l.id, each_refusal, &l);
	}
	if (l.n == 0)
		notice("%s: neither a file nor a message of the ledger, nor a reference in %.*s", id, STR_ARG(path));
	pool_free(&pool);
	return l.n ? 0 : ORDER_ERROR;
}

static int
explain_refusals(const struct order *order, const struct conf *conf)
{
	const struct ledger_conf *lc = conf_values(conf, &ledger_table);
	struct memory m = { .conf = conf };
	bool remembers = lc->enable && memory_open(conf, &m) == 0;
	int status = 0;

	for (size_t i = 0; i < order->n_refs; i++)
		if ((!remembers || !explain_record(order, &m, order->refs[i])) &&
		    explain_refusal(order, conf, order->refs[i]) != 0)
			status = ORDER_ERROR;
	memory_close(&m);
	return fflush(stdout) == 0 ? status : ORDER_ERROR;
}

static int
explain(struct order *order, const struct conf *conf)
{
	struct judge_setup setup = { .conf = conf, .local = order->local, .explain = true,
	    .session = order->envelope.session };
	struct tally t = { .json = order->json, .status = order->files.errors ? ORDER_ERROR : 0 };
	struct scanner *s;

	if (order->n_refs && order->files.n == 0)
		return explain_refusals(order, conf);
	if (order->n_refs)
		t.status = explain_refusals(order, conf);
	if (scanner_open(&setup, 1, &s) != RC_OK)
		return ORDER_ERROR;
	if (!scanner_run(s, &order->files, &(struct scanner_sink){ .each = each, .arg = &t }))
		t.status = ORDER_ERROR;
	scanner_close(&s);
	signals_die();
	return fflush(stdout) == 0 ? t.status : ORDER_ERROR;
}

static int
run(struct args *a)
{
	return order_run(a, "which message? A file, - for stdin, or the reference of a refusal", true, explain);
}

const struct verb verb_explain = {
	.name = "explain", .words = "FILE|-|ID...", .opts = opts, .run = run, .wrong_words = ORDER_ERROR,
	.help = "Show what was looked at, what was seen, and which policy line decided; of a file, or of a message in the ledger or that was refused, by its ID.",
};
