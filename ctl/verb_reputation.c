/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_reputation.c - what the running sekimorid thinks of clients and senders, and what it is to think */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "ask.h"
#include "base/clock.h"
#include "conf/value.h"
#include "facts.h"
#include "base/jtext.h"
#include "history/score.h"
#include "notice.h"
#include "verb.h"
#include "ways.h"

enum { JSON, FOR, MAX, CONFIG };
static const struct args_opt opts[] = {
	[JSON] = { 'j', "json", NULL, "JSON, one object a name; list: one a line." },
	[FOR] = { 'f', "for", "TIME", "set: holds that long, such as 12h or 30d; else until it is forgotten." },
	[MAX] = { 'm', "max", "N", "list: of each kind, the worst first; 50 without it." },
	[CONFIG] = { 'c', "config", "FILE", "The configuration that names the control socket." },
	{ .name = NULL }
};

enum { PATIENCE_MS = 30000, TEXT_BYTES = 16 * 1024 * 1024, LIST_MAX = 50, WHY_BYTES = 1000 };

struct order {
	struct ways ways;
	bool json;
	int64_t for_ms, max;
};

/* ---- as people read it ---- */

static void
put_time(struct buf *out, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	char text[32] = "-";

	if (ms > 0 && localtime_r(&t, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
	buf_printf(out, "%-16s", text);
}

static void
pad(struct buf *out, size_t from, size_t width)
{
	while (out->n - from < width && !out->full)
		buf_addc(out, ' ');
}

static void
put_head(struct buf *out, const char *indent)
{
	buf_printf(out, "%s%-10s %-36s %6s  %-8s %9s %9s  %-16s  %s\n", indent, "KIND", "NAME", "SCORE", "BAND", "GOOD",
	    "BAD", "FIRST", "LAST");
}

static void
put_key(const struct json_object *k, struct buf *out, const char *indent)
{
	size_t from;

	buf_printf(out, "%s%-10.*s ", indent, STR_ARG(facts_str(k, "kind")));
	from = out->n;
	facts_show(k, "name", out);
	pad(out, from, 36);
	buf_printf(out, " %6.*s  %-8.*s %9.*s %9.*s  ", STR_ARG(facts_text(k, "score")), STR_ARG(facts_str(k, "band")),
	    STR_ARG(facts_text(k, "good")), STR_ARG(facts_text(k, "bad")));
	put_time(out, facts_num(k, "first_ms"));
	buf_adds(out, "  ");
	put_time(out, facts_num(k, "last_ms"));
	buf_addc(out, '\n');
}

static void
put_override(const struct json_object *v, struct buf *out)
{
	buf_printf(out, "%.*s for %.*s ", STR_ARG(facts_text(v, "score")), STR_ARG(facts_str(v, "kind")));
	facts_show(v, "name", out);
	buf_adds(out, ", ");
	if (facts_num(v, "until_ms")) {
		buf_adds(out, "until ");
		put_time(out, facts_num(v, "until_ms"));
	} else {
		buf_adds(out, "until it is forgotten");
	}
	buf_adds(out, "; set ");
	put_time(out, facts_num(v, "set_ms"));
	buf_addc(out, '\n');
}

/* "192.0.2.1: -7.1 bad, by what was seen" */
static void
put_opinion(const struct json_object *o, struct buf *out)
{
	facts_show(o, "name", out);
	if (facts_bool(o, "known"))
		buf_printf(out, ": %.*s ", STR_ARG(facts_text(o, "score")));
	else
		buf_adds(out, ": ");
	buf_printf(out, "%.*s, %.*s", STR_ARG(facts_str(o, "band")), STR_ARG(facts_str(o, "why")));
	if (facts_num(o, "asn"))
		buf_printf(out, "; AS%lld", (long long)facts_num(o, "asn"));
	if (facts_str(o, "country").n)
		buf_printf(out, " %.*s", STR_ARG(facts_str(o, "country")));
	buf_addc(out, '\n');
	if (facts_object(o, "override")) {
		buf_adds(out, "  set: ");
		put_override(facts_object(o, "override"), out);
	}
}

static void
put_show(const struct json_object *o, struct buf *out)
{
	put_opinion(o, out);
	if (facts_count(o, "keys"))
		put_head(out, "  ");
	for (size_t i = 0; i < facts_count(o, "keys"); i++)
		put_key(facts_at(o, "keys", i), out, "  ");
}

static void
put_forget(const struct json_object *o, struct buf *out)
{
	for (size_t i = 0; i < facts_count(o, "forgotten"); i++) {
		buf_adds(out, "forgotten: ");
		notice_escape(str_of(json_object_get_string(facts_at(o, "forgotten", i))), out);
		buf_addc(out, '\n');
	}
	if (facts_count(o, "forgotten") == 0)
		buf_adds(out, "nothing was known\n");
	put_opinion(o, out);
}

static void
put_list(const struct json_object *o, struct buf *out)
{
	for (size_t i = 0; i < facts_count(o, "overrides"); i++) {
		buf_adds(out, "set: ");
		put_override(facts_at(o, "overrides", i), out);
	}
	if (facts_count(o, "keys"))
		put_head(out, "");
	for (size_t i = 0; i < facts_count(o, "keys"); i++)
		put_key(facts_at(o, "keys", i), out, "");
}

/* ---- asking ---- */

static void
put_json(struct json_object *o, struct buf *out)
{
	jtext_write(json_object_get(o), out);
	buf_addc(out, '\n');
}

static void
put_json_list(const struct json_object *o, struct buf *out)
{
	static const char *const lists[] = { "overrides", "keys" };

	for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++)
		for (size_t i = 0; i < facts_count(o, lists[l]); i++) {
			struct json_object *row = facts_at(o, lists[l], i);

			jtext_add_bool(row, "set", l == 0);
			put_json(row, out);
		}
}

static int
ask_one(const struct order *order, const struct conf *conf, struct control_request *req,
    void (*put)(const struct json_object *, struct buf *out))
{
	struct json_object *o = NULL;
	struct buf out;
	int status;

	req->verb = CONTROL_REPUTATION;
	req->op = str_of(order->ways.way);
	status = ask_for(conf, req, PATIENCE_MS, false, &o);
	if (status != EX_OK)
		return status;
	buf_init(&out, TEXT_BYTES);
	if (!order->json)
		put(o, &out);
	else if (strcmp(order->ways.way, "list") == 0)
		put_json_list(o, &out);
	else
		put_json(o, &out);
	fwrite(buf_cstr(&out), 1, out.n, stdout);
	buf_clear(&out);
	json_object_put(o);
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

/* Each name on its own; the first failure is the status. */
static int
each_name(const struct order *order, const struct conf *conf, void (*put)(const struct json_object *, struct buf *out))
{
	int status = EX_OK;

	for (size_t i = 0; i < order->ways.n_words; i++) {
		struct control_request req = { .name = str_of(order->ways.words[i]) };
		int one = ask_one(order, conf, &req, put);

		status = status == EX_OK ? one : status;
	}
	return status;
}

static int
show(struct ways *words, const struct conf *conf)
{
	const struct order *order = (const struct order *)words;

	return each_name(order, conf, put_show);
}

static int
forget(struct ways *words, const struct conf *conf)
{
	const struct order *order = (const struct order *)words;

	return each_name(order, conf, put_forget);
}

static int
set(struct ways *words, const struct conf *conf)
{
	const struct order *order = (const struct order *)words;
	struct control_request req = { .name = str_of(order->ways.words[0]),
	    .until_ms = order->for_ms ? clock_wall_ms() + order->for_ms : 0 };

	if (!value_score(str_of(order->ways.words[1]), &req.tenths)) {
		notice("%s: no reputation; from -10 to 10, with at most one decimal", order->ways.words[1]);
		return EX_USAGE;
	}
	return ask_one(order, conf, &req, put_override);
}

static int
list(struct ways *words, const struct conf *conf)
{
	const struct order *order = (const struct order *)words;
	struct control_request req = { .name = order->ways.n_words ? str_of(order->ways.words[0]) : STR_NONE,
	    .max = order->max ? order->max : LIST_MAX };

	return ask_one(order, conf, &req, put_list);
}

static const struct way ways[] = {
	{ "show", show, 1, WAYS_WORDS, "show whom? An address, network, AS number, host name or domain" },
	{ "set", set, 2, 2, "set NAME SCORE, such as set 192.0.2.1 -10" },
	{ "forget", forget, 1, WAYS_WORDS, "forget whom? An address, network, AS number, host name or domain" },
	{ "list", list, 0, 1, "list at most one kind: ip, net, asn, domain, helo, unverified, or set" },
	{ .name = NULL }
};

static const char *
take_number(enum opt_type type, const char *text, int64_t *out)
{
	const struct opt row = { .name = "", .type = type, .min = 1, .max = 20LL * 366 * 86400000 };
	struct buf why;
	enum rc rc;

	buf_init(&why, WHY_BYTES);
	rc = value_parse(NULL, &row, str_of(text), out, &why);
	buf_clear(&why);
	if (rc == RC_OK)
		return NULL;
	return type == OPT_MSEC ? "--for wants a time, such as 12h or 30d" : "--max wants a number";
}

static int
run(struct args *a)
{
	struct order order = { .json = false };
	const char *value, *why = NULL;
	int i;

	while (!why && (i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case JSON: order.json = true; break;
		case FOR: why = take_number(OPT_MSEC, value, &order.for_ms); break;
		case MAX: why = take_number(OPT_INT, value, &order.max); break;
		case CONFIG: order.ways.config = value; break;
		case ARGS_WORD:
			if (!ways_take(&order.ways, value))
				why = "too many names";
			break;
		case ARGS_BAD: return EX_USAGE;
		}
	}
	return why ? args_usage(a, why) : ways_run(a, &order.ways, ways);
}

const struct verb verb_reputation = {
	.name = "reputation", .words = "show NAME... | set NAME SCORE | forget NAME... | list [KIND]",
	.opts = opts, .run = run, .ways = ways,
	.help = "Show what is thought of a client or sender and why, set it, or forget what was seen.",
};
