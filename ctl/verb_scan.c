/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_scan.c - judge messages as the milter would: one line, or one JSON object, for each */
#include <stdio.h>

#include "base/clock.h"
#include "facts.h"
#include "notice.h"
#include "order.h"
#include "progress.h"
#include "scanner.h"
#include "signals.h"
#include "verb.h"

static const struct args_opt opts[] = {
	ORDER_ROWS("One JSON object a message, one a line."),
	[ORDER_PARALLEL] = { 'n', "parallel", "N", "Messages at work at once; else as many as workers." },
	{ .name = NULL }
};

enum { LINE_BYTES = 1024 * 1024 };

struct tally {
	bool json;
	size_t clean, found, incomplete, errors;
	int64_t start_ms;
	struct progress progress;
};

/* " CLAMAV(Eicar-Signature) in 1.2" for each finding that is more than a note. */
static void
put_findings(const struct json_object *o, struct buf *out)
{
	for (size_t i = 0; i < facts_count(o, "findings"); i++) {
		const struct json_object *f = facts_at(o, "findings", i);

		if (str_eq(facts_str(f, "class"), STR("info")))
			continue;
		buf_addc(out, ' ');
		facts_show(f, "name", out);
		if (facts_str(f, "evidence").n) {
			buf_addc(out, '(');
			facts_show(f, "evidence", out);
			buf_addc(out, ')');
		}
	}
}

static void
put_unscanned(const struct json_object *o, struct buf *out)
{
	for (size_t i = 0; i < facts_count(o, "unscanned"); i++) {
		const struct json_object *u = facts_at(o, "unscanned", i);

		buf_adds(out, i ? " " : " unscanned: ");
		facts_show(u, "why", out);
		if (facts_str(u, "part").n) {
			buf_addc(out, '=');
			facts_show(u, "part", out);
		}
	}
}

/* Where they do not all get the same: a line for each recipient. */
static void
put_recipients(const struct json_object *o, struct buf *out)
{
	for (size_t i = 0; i < facts_count(o, "recipients"); i++) {
		const struct json_object *r = facts_at(o, "recipients", i);

		buf_adds(out, "    ");
		facts_show(r, "address", out);
		buf_adds(out, ": ");
		facts_show(r, "policy", out);
		buf_adds(out, ": ");
		facts_show(r, "actions", out);
		if (facts_str(r, "would").n) {
			buf_adds(out, " (would ");
			facts_show(r, "would", out);
			buf_addc(out, ')');
		}
		buf_adds(out, ", ");
		facts_show(r, "fate", out);
		buf_addc(out, '\n');
	}
}

/* file: verdict outcome score reasons */
static void
put_line(const struct json_object *o, struct buf *out)
{
	facts_show(o, "file", out);
	buf_adds(out, ": ");
	facts_show(o, "verdict", out);
	if (!facts_bool(o, "complete"))
		buf_adds(out, " incomplete");
	buf_addc(out, ' ');
	facts_show(o, "outcome", out);
	if (facts_str(o, "would").n) {
		buf_adds(out, " (would ");
		facts_show(o, "would", out);
		buf_addc(out, ')');
	}
	buf_addc(out, ' ');
	buf_add(out, facts_text(o, "score"));
	put_findings(o, out);
	put_unscanned(o, out);
	buf_addc(out, '\n');
	put_recipients(o, out);
}

static void
count(struct tally *t, const struct json_object *o)
{
	bool clean = str_eq(facts_str(o, "verdict"), STR("clean")), complete = facts_bool(o, "complete");

	t->found += !clean;
	t->incomplete += clean && !complete;
	t->clean += clean && complete;
}

static void
print_json(struct str json)
{
	fwrite(json.p, 1, json.n, stdout);
	putchar('\n');
}

static void
print_error(const char *path, const struct json_object *o)
{
	struct str why = facts_str(o, "error");

	notice("%s: %.*s", path, STR_ARG(why));
}

static void
each(void *arg, const char *path, struct str json)
{
	struct tally *t = arg;
	struct json_object *o = facts_parse(json);
	struct buf line;

	t->progress.done++;
	progress_erase(&t->progress);
	buf_init(&line, LINE_BYTES);
	if (t->json && o)
		print_json(json);
	if (!o || facts_object(o, "error")) {
		t->errors++;
		print_error(path, o);
	} else {
		count(t, o);
		if (!t->json) {
			put_line(o, &line);
			fwrite(buf_cstr(&line), 1, line.n, stdout);
		}
	}
	buf_clear(&line);
	json_object_put(o);
	progress_show(&t->progress);
}

static void
tick(void *arg)
{
	struct tally *t = arg;

	progress_show(&t->progress);
}

static void
summary(const struct tally *t)
{
	size_t n = t->clean + t->found + t->incomplete + t->errors;
	int64_t ms = clock_mono_ms() - t->start_ms;

	if (n < 2 || t->json)
		return;
	printf("%zu messages: %zu clean, %zu found, %zu not fully looked at, %zu errors; %.1f s, %.0f/s\n", n,
	    t->clean, t->found, t->incomplete, t->errors, (double)ms / 1000,
	    ms ? (double)n * 1000 / (double)ms : 0);
}

static int
status_of(const struct tally *t)
{
	if (t->errors || ferror(stdout) || fflush(stdout) != 0)
		return ORDER_ERROR;
	return t->found || t->incomplete ? ORDER_FOUND : 0;
}

static int
scan(struct order *order, const struct conf *conf)
{
	struct tally t = { .json = order->json, .errors = order->files.errors, .start_ms = clock_mono_ms() };
	struct judge_setup setup = { .conf = conf, .local = order->local,
	    .session = order->envelope.session };
	struct scanner *s;
	bool finished;

	if (scanner_open(&setup, order->parallel, &s) != RC_OK)
		return ORDER_ERROR;
	progress_start(&t.progress, order->files.n);
	finished = scanner_run(s, &order->files, &(struct scanner_sink){ each, tick, &t });
	progress_erase(&t.progress);
	scanner_close(&s);
	signals_die();
	t.errors += !finished;
	summary(&t);
	return status_of(&t);
}

static int
run(struct args *a)
{
	return order_run(a, "which message? A file, a folder, or - for stdin", false, scan);
}

const struct verb verb_scan = {
	.name = "scan", .words = "FILE|DIR|-...", .opts = opts, .run = run, .wrong_words = ORDER_ERROR,
	.help = "Judge messages as the milter would. Exit 0 clean, 1 found or incomplete, 2 error.",
};
