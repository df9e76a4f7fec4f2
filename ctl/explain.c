/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "explain.h"

#include <time.h>

#include "check/check.h"
#include "facts.h"
#include "notice.h"
#include "scan/report.h"
#include "tree.h"

enum { LABEL_BYTES = 64 * 1024, SHA_SHORT = 16 };

/* What is being drawn: the answer, the memory, and a label under construction. */
struct drawing {
	const struct json_object *o;
	struct pool *pool;
	struct buf label;
};

static struct tree *
put(struct drawing *d, struct tree *at)
{
	struct tree *t = tree_add(d->pool, at, buf_str(&d->label));

	buf_reset(&d->label);
	return t;
}

/* "key   value" when there is a value. */
static void
put_fact(struct drawing *d, struct tree *at, const struct json_object *o, const char *key, const char *label)
{
	if (facts_str(o, key).n == 0)
		return;
	buf_printf(&d->label, "%-8s ", label);
	facts_show(o, key, &d->label);
	put(d, at);
}

static void
put_size(struct buf *out, int64_t bytes)
{
	if (bytes < 10000)
		buf_printf(out, "%lld B", (long long)bytes);
	else if (bytes < 10000000)
		buf_printf(out, "%lld kB", (long long)bytes / 1000);
	else
		buf_printf(out, "%lld MB", (long long)bytes / 1000000);
}

/* ---- who was refused, and where ---- */

static void
put_time(struct drawing *d, struct tree *at, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	char text[32];

	if (!localtime_r(&seconds, &tm) || strftime(text, sizeof(text), "%F %T %z", &tm) == 0)
		return;
	buf_printf(&d->label, "%-8s %s", "time", text);
	put(d, at);
}

/* What is thought of the client. */
static void
put_standing(struct drawing *d, struct tree *at, const struct json_object *w)
{
	static const char *const facts[] = { "name", "helo", "user", "group", "flow", "band", "country" };
	size_t n = facts_count(w, "lists");

	if (facts_bool(w, "relay"))
		tree_printf(d->pool, at, "a trusted relay: who wrote to it is judged at the end of the message");
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		put_fact(d, at, w, facts[i], facts[i]);
	if (n == 0)
		return;
	buf_printf(&d->label, "%-8s", "lists");
	for (size_t i = 0; i < n; i++) {
		buf_addc(&d->label, ' ');
		notice_escape(str_of(json_object_get_string(facts_at(w, "lists", i))), &d->label);
	}
	put(d, at);
}

static void
put_where(struct drawing *d, struct tree *at, const struct json_object *w)
{
	if (!w)
		return;
	put_time(d, at, facts_num(w, "time_ms"));
	put_fact(d, at, w, "phase", "phase");
	put_fact(d, at, w, "client", "client");
	put_standing(d, at, w);
	put_fact(d, at, w, "from", "sender");
	put_fact(d, at, w, "rcpt", "rcpt");
}

/* ---- parts ---- */

static void
part_label(struct drawing *d, const struct json_object *p)
{
	struct str type = facts_str(p, "type"), declared = facts_str(p, "declared");

	facts_show(p, "id", &d->label);
	buf_addc(&d->label, ' ');
	notice_escape(type.n ? type : declared, &d->label);
	if (type.n && declared.n && !str_eq(type, declared)) {
		buf_adds(&d->label, ", declared ");
		notice_escape(declared, &d->label);
	}
	if (facts_str(p, "name").n) {
		buf_adds(&d->label, ", \"");
		facts_show(p, "name", &d->label);
		buf_addc(&d->label, '"');
	}
	buf_adds(&d->label, ", ");
	put_size(&d->label, facts_num(p, "size"));
	if (facts_str(p, "sha256").n) {
		buf_adds(&d->label, ", sha256 ");
		buf_add(&d->label, str_upto(facts_str(p, "sha256"), SHA_SHORT));
	}
	if (facts_bool(p, "encrypted"))
		buf_adds(&d->label, ", encrypted");
	if (facts_bool(p, "alternative"))
		buf_adds(&d->label, ", another reading");
}

/* The node of the part called id among the first n; `at` when there is none. */
static struct tree *
node_of(const struct json_object *o, struct tree *const *nodes, size_t n, struct str id, struct tree *at)
{
	while (id.n && n-- > 0)
		if (str_eq(facts_str(facts_at(o, "parts", n), "id"), id))
			return nodes[n];
	return at;
}

static void
put_parts(struct drawing *d, struct tree *at)
{
	size_t n = facts_count(d->o, "parts");
	struct tree **nodes = pool_alloc(d->pool, (n + 1) * sizeof(*nodes));
	struct tree *top = tree_printf(d->pool, at, "parts");

	for (size_t i = 0; i < n; i++) {
		const struct json_object *p = facts_at(d->o, "parts", i);

		part_label(d, p);
		nodes[i] = put(d, node_of(d->o, nodes, i, facts_str(p, "parent"), top));
	}
	if (n == 0)
		tree_printf(d->pool, top, "none");
}

/* ---- links ---- */

/* "loads", "form" ... when they are true. */
static void
link_flags(struct drawing *d, const struct json_object *l)
{
	static const struct {
		const char *key, *words;
	} flags[] = {
		{ "loads", ", fetched without a click" }, { "form", ", a form" },
		{ "asks_secret", " that asks for a secret" }, { "unsubscribe", ", to unsubscribe" },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (facts_bool(l, flags[i].key))
			buf_adds(&d->label, flags[i].words);
}

static void
put_link(struct drawing *d, struct tree *at, const struct json_object *l)
{
	size_t n = facts_count(l, "tricks");
	struct tree *t;

	facts_show(l, "where", &d->label);
	buf_adds(&d->label, " in ");
	facts_show(l, "part", &d->label);
	link_flags(d, l);
	buf_adds(&d->label, ": ");
	facts_show(l, "url", &d->label);
	t = put(d, at);
	put_fact(d, t, l, "text", "shown as");
	put_fact(d, t, l, "outer", "inside");
	put_fact(d, t, l, "wrappers", "wrapped");
	if (n == 0)
		return;
	buf_printf(&d->label, "%-8s", "tricks");
	for (size_t i = 0; i < n; i++)
		buf_printf(&d->label, " %s", json_object_get_string(facts_at(l, "tricks", i)));
	put(d, t);
}

static void
put_links(struct drawing *d, struct tree *at)
{
	size_t n = facts_count(d->o, "links");
	struct tree *top = tree_printf(d->pool, at, n ? "links: %zu" : "links: none", n);

	for (size_t i = 0; i < n; i++)
		put_link(d, top, facts_at(d->o, "links", i));
}

/* ---- checks ---- */

static void
put_finding(struct drawing *d, struct tree *at, const struct json_object *f)
{
	struct tree *t;

	facts_show(f, "name", &d->label);
	buf_addc(&d->label, ' ');
	facts_show(f, "class", &d->label);
	buf_addc(&d->label, ' ');
	buf_add(&d->label, facts_text(f, "score"));
	if (facts_str(f, "part").n) {
		buf_adds(&d->label, " in ");
		facts_show(f, "part", &d->label);
	}
	if (facts_str(f, "evidence").n) {
		buf_adds(&d->label, ": ");
		facts_show(f, "evidence", &d->label);
	}
	t = put(d, at);
	if (facts_str(f, "help").n) {
		facts_show(f, "help", &d->label);
		put(d, t);
	}
}

/* Does this check report findings of that name? */
static bool
reports(const struct check *c, struct str name)
{
	for (const struct finding_def *f = c ? c->found : NULL; f && f->name; f++)
		if (str_eq(str_of(f->name), name))
			return true;
	return false;
}

static void
put_check(struct drawing *d, struct tree *at, const struct json_object *run)
{
	const struct check *c = check_find(facts_str(run, "name"));
	int64_t us = facts_num(run, "us");
	struct tree *t;

	facts_show(run, "name", &d->label);
	buf_printf(&d->label, ", %lld.%03lld ms", (long long)us / 1000, (long long)us % 1000);
	if (facts_num(run, "findings") == 0)
		buf_adds(&d->label, ": nothing");
	if (c)
		buf_printf(&d->label, " (%s)", c->title);
	t = put(d, at);
	for (size_t i = 0; i < facts_count(d->o, "findings"); i++) {
		const struct json_object *f = facts_at(d->o, "findings", i);

		if (reports(c, facts_str(f, "name")))
			put_finding(d, t, f);
	}
}

static bool
ran(const struct json_object *o, struct str finding)
{
	for (size_t i = 0; i < facts_count(o, "checks"); i++)
		if (reports(check_find(facts_str(facts_at(o, "checks", i), "name")), finding))
			return true;
	return false;
}

static void
put_checks(struct drawing *d, struct tree *at)
{
	size_t n = facts_count(d->o, "checks");
	int64_t all = facts_num(d->o, "checks_run");
	struct tree *top = tree_printf(d->pool, at, "checks that ran: %lld%s", (long long)(all ? all : (int64_t)n),
	    all > (int64_t)n ? "; those that found something or took long" : "");

	for (size_t i = 0; i < n; i++)
		put_check(d, top, facts_at(d->o, "checks", i));
	/* Findings of a check that left no run entry must not be lost. */
	for (size_t i = 0; i < facts_count(d->o, "findings"); i++) {
		const struct json_object *f = facts_at(d->o, "findings", i);

		if (!ran(d->o, facts_str(f, "name")))
			put_finding(d, top, f);
	}
}

/* ---- the rest ---- */

static const char *
help_of(struct str why)
{
	for (int i = 0; i < UNSCANNED_N; i++)
		if (str_eq(why, str_of(unscanned_name((enum unscanned_why)i))))
			return unscanned_help((enum unscanned_why)i);
	return "";
}

static void
put_unscanned(struct drawing *d, struct tree *at)
{
	size_t n = facts_count(d->o, "unscanned");
	const char *head = n ? "not looked at" : "not looked at: nothing, the scan is complete";
	struct tree *top = tree_printf(d->pool, at, "%s", head);

	for (size_t i = 0; i < n; i++) {
		const struct json_object *u = facts_at(d->o, "unscanned", i);
		struct tree *t;

		facts_show(u, "why", &d->label);
		if (facts_str(u, "part").n) {
			buf_adds(&d->label, " in ");
			facts_show(u, "part", &d->label);
		}
		if (facts_str(u, "what").n) {
			buf_adds(&d->label, ": ");
			facts_show(u, "what", &d->label);
		}
		t = put(d, top);
		tree_printf(d->pool, t, "%s", help_of(facts_str(u, "why")));
	}
}

static void
put_defects(struct drawing *d, struct tree *at)
{
	size_t n = facts_count(d->o, "defects");
	const struct json_object *help = facts_object(d->o, "defect_help");
	struct tree *top = tree_printf(d->pool, at, n ? "malformed" : "malformed: no");

	for (size_t i = 0; i < n; i++) {
		const char *name = json_object_get_string(facts_at(d->o, "defects", i));

		buf_printf(&d->label, "%s: ", name);
		facts_show(help, name, &d->label);
		put(d, top);
	}
}

static void
put_policy(struct drawing *d, struct tree *at)
{
	size_t n = facts_count(d->o, "reasons");
	struct tree *top = tree_printf(d->pool, at, n ? "policy lines that apply" : "policy: no line applies");

	for (size_t i = 0; i < n; i++) {
		const struct json_object *r = facts_at(d->o, "reasons", i);
		struct tree *t;

		facts_show(r, "line", &d->label);
		t = put(d, top);
		buf_adds(&d->label, "because ");
		facts_show(r, "because", &d->label);
		put(d, t);
	}
}

static void
put_verdict(struct drawing *d, struct tree *at)
{
	buf_adds(&d->label, "verdict  ");
	if (facts_bool(d->o, "failed"))
		buf_adds(&d->label, "none, no report could be had; ");
	facts_show(d->o, "verdict", &d->label);
	buf_addc(&d->label, ' ');
	buf_add(&d->label, facts_text(d->o, "score"));
	buf_adds(&d->label, facts_bool(d->o, "complete") ? ", complete" : ", not fully looked at");
	put(d, at);
}

static void
put_outcome(struct drawing *d, struct tree *at)
{
	struct tree *t;

	buf_adds(&d->label, "outcome  ");
	facts_show(d->o, "actions", &d->label);
	t = put(d, at);
	if (facts_str(d->o, "would").n == 0) {
		if (!facts_object(d->o, "where"))	/* no message yet: what would be */
			tree_printf(d->pool, t, "with mode = observe: accept unchanged, this outcome only recorded");
		return;
	}
	buf_adds(&d->label, "mode = observe; enforced it would be: ");
	facts_show(d->o, "would_actions", &d->label);
	put(d, t);
}

/* What the gate says is whole milliseconds. */
static void
put_duration(struct drawing *d, struct tree *at)
{
	int64_t ms = facts_num(d->o, "ms"), us = facts_num(d->o, "worker_us");

	if (us > ms * 1000)
		buf_printf(&d->label, "took     %.1f ms", (double)us / 1000);
	else
		buf_printf(&d->label, "took     %.*s ms, %.1f of them in the worker", STR_ARG(facts_text(d->o, "ms")),
		    (double)us / 1000);
	put(d, at);
}

/* One phase of a trace: its checks, and what the client would hear. */
static void
put_phase(struct drawing *d, struct tree *root)
{
	const struct json_object *w = facts_object(d->o, "where");
	struct tree *t;

	facts_show(w, "phase", &d->label);
	if (facts_str(w, "rcpt").n) {
		buf_adds(&d->label, " to ");
		facts_show(w, "rcpt", &d->label);
	}
	t = put(d, root);
	for (size_t i = 0; i < facts_count(d->o, "checks"); i++)
		put_check(d, t, facts_at(d->o, "checks", i));
	if (facts_count(d->o, "reasons"))
		put_policy(d, t);
	if (facts_str(d->o, "reply").n) {
		buf_adds(&d->label, "answer   ");
		facts_show(d->o, "reply", &d->label);
	} else if (facts_bool(d->o, "ends")) {
		buf_adds(&d->label, "answer   discarded");
	} else {
		buf_adds(&d->label, "answer   goes on");
	}
	put(d, t);
}

void
explain_trace(const struct json_object *answer, struct buf *out)
{
	size_t n = facts_count(answer, "phases");
	const struct json_object *last = n ? facts_object(facts_at(answer, "phases", n - 1), "where") : NULL;
	struct drawing d = { .pool = pool_new(0) };
	struct tree *root;

	buf_init(&d.label, LABEL_BYTES);
	facts_show(last, "client", &d.label);
	root = tree_new(d.pool, buf_str(&d.label));
	buf_reset(&d.label);
	put_standing(&d, root, last);
	for (size_t i = 0; i < n; i++) {
		d.o = facts_at(answer, "phases", i);
		put_phase(&d, root);
	}
	tree_format(root, out);
	buf_clear(&d.label);
	pool_free(&d.pool);
}

void
explain_format(const struct json_object *o, struct buf *out)
{
	const struct json_object *headers = facts_object(o, "headers"), *where = facts_object(o, "where");
	struct drawing d = { .o = o, .pool = pool_new(0) };
	struct tree *root;

	buf_init(&d.label, LABEL_BYTES);
	facts_show(o, where ? "id" : "file", &d.label);
	root = tree_new(d.pool, buf_str(&d.label));
	buf_reset(&d.label);
	put_fact(&d, root, o, "record", "record");
	put_where(&d, root, where);
	put_fact(&d, root, o, "message_id", "message");
	put_fact(&d, root, headers, "from", "from");
	put_fact(&d, root, headers, "reply_to", "reply-to");
	put_fact(&d, root, headers, "subject", "subject");
	if (!where || facts_count(o, "parts"))
		put_parts(&d, root);
	if (!where || facts_count(o, "links"))
		put_links(&d, root);
	put_checks(&d, root);
	if (!where || facts_count(o, "unscanned"))
		put_unscanned(&d, root);
	if (!where || facts_count(o, "defects"))
		put_defects(&d, root);
	put_policy(&d, root);
	put_verdict(&d, root);
	put_outcome(&d, root);
	put_duration(&d, root);
	tree_format(root, out);
	buf_clear(&d.label);
	pool_free(&d.pool);
}
