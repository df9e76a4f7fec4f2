/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_report.c - sums of the ledger: who sends most, what is found most, when */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/clock.h"
#include "base/jtext.h"
#include "base/vec.h"
#include "cells.h"
#include "choose.h"
#include "conf_file.h"
#include "memory.h"
#include "notice.h"
#include "verb.h"
#include "when.h"

enum { SINCE, UNTIL, MAX, JSON, CSV, CONFIG };
static const struct args_opt opts[] = {
	[SINCE] = { 't', "since", "TIME", "Messages from then on; the last 24 hours without it." },
	[UNTIL] = { 'T', "until", "TIME", "Messages before it." },
	[MAX] = { 'n', "max", "N", "Rows of each list; 10 without it, 0 for all." },
	[JSON] = { 'j', "json", NULL, "One JSON object a row." },
	[CSV] = { 'C', "csv", NULL,
	    "Comma-separated values, RFC 4180. What a spreadsheet would take for a formula gets a quote in front." },
	[CONFIG] = { 'c', "config", "FILE", "The configuration that names state_dir." },
	{ .name = NULL }
};

enum { ROWS = 10, DAY_MS = 24 * 3600 * 1000, HOUR_S = 3600, LINE = 64 * 1024, WHY_BYTES = 1000, KILO = 1024, TEXT = 32 };

/* What can be reported: a sum of the ledger, its keys made into others. */
struct list;
struct subject {
	const char *name, *help, *head;
	enum records_column column;
	void (*split)(struct list *, const struct records_sum *);
	bool by_key;			/* in the order of keys: of time */
};

struct row {
	struct str key;
	uint64_t messages, bytes;
};

struct list {
	const struct subject *of;
	struct pool *pool;
	struct vec rows;		/* struct row */
};

static void
add(struct list *l, struct str key, const struct records_sum *sum)
{
	struct row *row = vec_push(l->pool, &l->rows, sizeof(*row));

	*row = (struct row){ pool_str(l->pool, key), sum->messages, sum->bytes };
}

static void
as_it_is(struct list *l, const struct records_sum *sum)
{
	add(l, sum->key, sum);
}

static void
domain_of(struct list *l, const struct records_sum *sum)
{
	size_t at = str_rchr(sum->key, '@');

	add(l, at == STR_NPOS ? STR_NONE : pool_lower(l->pool, str_from(sum->key, at + 1)), sum);
}

static void
outcome_of(struct list *l, const struct records_sum *sum)
{
	uint64_t n;

	add(l, str_to_u64(sum->key, &n) && n < INTERCEPT_N ? str_of(intercept_name((enum intercept)n)) : STR("?"), sum);
}

/* "CLAMAV:Eicar-Signature SPF_FAIL": names in front of the colon, or what stands behind it. */
static void
each_word(struct list *l, const struct records_sum *sum, bool names)
{
	struct str rest = sum->key, word;

	while (str_next(&rest, ' ', &word)) {
		size_t colon = str_chr(word, ':');

		if (word.n && names)
			add(l, str_upto(word, colon), sum);
		else if (word.n && colon != STR_NPOS)
			add(l, str_from(word, colon + 1), sum);
	}
}

/* What looked into content for somebody else: a name of theirs tells. */
static void
engines_of(struct list *l, const struct records_sum *sum)
{
	static const char *const engines[] = { "CLAMAV", "YARA" };

	for (size_t e = 0; e < sizeof(engines) / sizeof(engines[0]); e++) {
		struct str rest = sum->key, word;
		bool found = false;

		while (!found && str_next(&rest, ' ', &word))
			found = str_starts(word, str_of(engines[e]));
		if (found)
			add(l, str_of(engines[e]), sum);
	}
}

static void findings_of(struct list *l, const struct records_sum *sum) { each_word(l, sum, true); }
static void rules_of(struct list *l, const struct records_sum *sum) { each_word(l, sum, false); }

/* Local time, as logs have it. */
static void
time_of(struct list *l, const struct records_sum *sum, const char *form)
{
	char text[TEXT] = "?";
	uint64_t hours;
	struct tm tm;
	time_t t;

	if (str_to_u64(sum->key, &hours)) {
		t = (time_t)(hours * HOUR_S);
		if (localtime_r(&t, &tm))
			strftime(text, sizeof(text), form, &tm);
	}
	add(l, str_of(text), sum);
}

static void hour_of(struct list *l, const struct records_sum *sum) { time_of(l, sum, "%Y-%m-%d %H:00"); }
static void day_of(struct list *l, const struct records_sum *sum) { time_of(l, sum, "%Y-%m-%d"); }

static const struct subject subjects[] = {
	{ "classes", "verdicts", "VERDICT", RECORDS_VERDICT, as_it_is, false },
	{ "outcomes", "what was done", "OUTCOME", RECORDS_OUTCOME, outcome_of, false },
	{ "senders", "envelope senders", "SENDER", RECORDS_SENDER, as_it_is, false },
	{ "domains", "domains of envelope senders", "DOMAIN", RECORDS_SENDER, domain_of, false },
	{ "authors", "addresses of From", "AUTHOR", RECORDS_FROM, as_it_is, false },
	{ "recipients", "each once for a message", "RECIPIENT", RECORDS_RCPT, as_it_is, false },
	{ "clients", "addresses that mail came from", "CLIENT", RECORDS_CLIENT, as_it_is, false },
	{ "groups", "sender groups", "GROUP", RECORDS_GROUP, as_it_is, false },
	{ "findings", "what checks and engines found", "FINDING", RECORDS_FINDINGS, findings_of, false },
	{ "engines", "engines that found something", "ENGINE", RECORDS_FINDINGS, engines_of, false },
	{ "rules", "signatures and rules that engines named", "RULE", RECORDS_FINDINGS, rules_of, false },
	{ "hours", "messages by the hour", "HOUR", RECORDS_HOUR, hour_of, true },
	{ "days", "messages by the day", "DAY", RECORDS_HOUR, day_of, true },
};
enum { SUBJECTS = sizeof(subjects) / sizeof(subjects[0]) };

struct order {
	const struct subject *subject[SUBJECTS];
	size_t n, max;
	int64_t since_ms, until_ms;
	const char *config;
	bool json, csv;
};

/* ---- one list ---- */

static int
by_key(const void *a, const void *b)
{
	return str_cmp(((const struct row *)a)->key, ((const struct row *)b)->key);
}

static int
most_first(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->messages != y->messages)
		return x->messages > y->messages ? -1 : 1;
	return str_cmp(x->key, y->key);
}

/* Equal keys become one row. */
static void
add_up(struct list *l)
{
	struct row *row = l->rows.items;
	size_t n = 0;

	if (l->rows.n < 2)
		return;
	qsort(row, l->rows.n, sizeof(*row), by_key);
	for (size_t i = 1; i < l->rows.n; i++) {
		if (str_eq(row[i].key, row[n].key)) {
			row[n].messages += row[i].messages;
			row[n].bytes += row[i].bytes;
		} else {
			row[++n] = row[i];
		}
	}
	l->rows.n = n + 1;
	if (!l->of->by_key)
		qsort(row, l->rows.n, sizeof(*row), most_first);
}

static void
take(void *arg, const struct records_sum *sum)
{
	struct list *l = arg;

	l->of->split(l, sum);
}

static void
put_json(const struct list *l, const struct row *r, struct buf *out)
{
	struct json_object *o = jtext_object();

	jtext_add_str(o, "list", str_of(l->of->name));
	jtext_add_str(o, "key", r->key);
	jtext_add_num(o, "messages", (int64_t)r->messages);
	jtext_add_num(o, "bytes", (int64_t)r->bytes);
	jtext_write(o, out);
	buf_addc(out, '\n');
}

/* RFC 4180 2.5 and 2.7: in quotes, quotes doubled. Spreadsheets run what begins with one of these. */
static void
put_csv(const struct list *l, const struct row *r, struct buf *out)
{
	struct buf safe;
	struct str key;

	buf_init(&safe, LINE);
	notice_escape(r->key, &safe);
	key = buf_str(&safe);
	buf_printf(out, "%s,\"", l->of->name);
	if (r->key.n && strchr("=+-@\t\r", r->key.p[0]))
		buf_addc(out, '\'');
	for (size_t i = 0; i < key.n; i++) {
		if (key.p[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, key.p[i]);
	}
	buf_clear(&safe);
	buf_printf(out, "\",%llu,%llu\r\n", (unsigned long long)r->messages, (unsigned long long)r->bytes);
}

/* Ten cells: "1.5 MB". */
static void
put_size(uint64_t bytes, struct buf *out)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	double n = (double)bytes;
	size_t i = 0;

	for (; n >= KILO && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		n /= KILO;
	buf_printf(out, i ? "%7.1f %s  " : "%7.0f %s   ", n, units[i]);
}

static void
put_text(const struct row *r, struct buf *out)
{
	buf_printf(out, "%10llu  ", (unsigned long long)r->messages);
	put_size(r->bytes, out);
	cells_last(out, r->key.n ? r->key : STR("-"), SIZE_MAX);
	buf_addc(out, '\n');
}

static void
show(const struct order *order, const struct list *l)
{
	const struct row *row = l->rows.items;
	size_t max = order->max && order->max < l->rows.n && !l->of->by_key ? order->max : l->rows.n;
	struct buf out;

	buf_init(&out, LINE);
	if (!order->json && !order->csv)
		printf("%s: %s\n  MESSAGES        SIZE  %s\n", l->of->name, l->of->help, l->of->head);
	for (size_t i = 0; i < max; i++) {
		buf_reset(&out);
		if (order->json)
			put_json(l, &row[i], &out);
		else if (order->csv)
			put_csv(l, &row[i], &out);
		else
			put_text(&row[i], &out);
		fwrite(buf_cstr(&out), 1, out.n, stdout);
	}
	if (!order->json && !order->csv)
		putchar('\n');
	buf_clear(&out);
}

static int
report(const struct order *order, const struct conf *conf)
{
	struct memory m;
	int status = memory_open(conf, &m);

	if (status == 0 && order->csv)
		printf("list,key,messages,bytes\r\n");
	for (size_t i = 0; status == 0 && i < order->n; i++) {
		struct list l = { .of = order->subject[i], .pool = pool_new(0) };

		if (records_sums(m.stores.records, l.of->column, order->since_ms, order->until_ms, take, &l) == RC_OK) {
			add_up(&l);
			show(order, &l);
		} else {
			notice("the ledger does not answer");
			status = EX_TEMPFAIL;
		}
		pool_free(&l.pool);
	}
	memory_close(&m);
	return status == 0 && fflush(stdout) != 0 ? EX_IOERR : status;
}

/* ---- words ---- */

static const char *
choice_of(int i)
{
	return i < SUBJECTS ? subjects[i].name : NULL;
}

static const char *
take_word(struct order *order, const char *word, struct buf *why)
{
	int i;

	buf_reset(why);
	if (!choose("report", str_of(word), choice_of, &i, why))
		return buf_cstr(why);
	if (order->n < SUBJECTS)
		order->subject[order->n++] = &subjects[i];
	return NULL;
}

static const char *
take_max(struct str text, size_t *out)
{
	uint64_t n;

	if (!str_to_u64(text, &n))
		return "--max wants a number";
	*out = (size_t)n;
	return NULL;
}

static const char *
take_time(const char *text, int64_t now, int64_t *out, const char *wrong)
{
	return when_parse(str_of(text), now, out) ? NULL : wrong;
}

static int
run(struct args *a)
{
	struct order order = { .max = ROWS };
	int64_t now = clock_wall_ms();
	const char *value, *wrong;
	struct conf *conf;
	struct buf why;
	int i, status;

	a->gather = true;
	order.since_ms = now - DAY_MS;
	buf_init(&why, WHY_BYTES);
	while ((i = args_next(a, &value)) != ARGS_END) {
		wrong = NULL;
		switch (i) {
		case SINCE: wrong = take_time(value, now, &order.since_ms, "--since wants " WHEN_FORMS); break;
		case UNTIL: wrong = take_time(value, now, &order.until_ms, "--until wants " WHEN_FORMS); break;
		case MAX: wrong = take_max(str_of(value), &order.max); break;
		case JSON: order.json = true; break;
		case CSV: order.csv = true; break;
		case CONFIG: order.config = value; break;
		case ARGS_WORD: wrong = take_word(&order, value, &why); break;
		}
		if (wrong)
			args_usage(a, wrong);
	}
	buf_clear(&why);
	if (order.json && order.csv)
		args_usage(a, "either --json or --csv");
	if (order.until_ms && order.until_ms <= order.since_ms)
		args_usage(a, "--until is not later than --since");
	for (size_t k = 0; order.n == 0 && k < SUBJECTS; k++)
		order.subject[k] = &subjects[k];
	order.n = order.n ? order.n : SUBJECTS;
	status = args_verdict(a);
	if (status == 0)
		status = conf_file_open(order.config, &conf);
	if (status != 0)
		return status;
	status = report(&order, conf);
	conf_put(&conf);
	return status;
}

static const char *
choice(size_t i)
{
	return i < SUBJECTS ? subjects[i].name : NULL;
}

const struct verb verb_report = {
	.name = "report", .words = "[LIST...]", .opts = opts, .run = run, .choice = choice,
	.help = "Sums of the ledger: classes, outcomes, senders, domains, recipients, clients, findings, rules, days ...",
};
