/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/reputation.h"

#include <math.h>
#include <sysexits.h>

#include "base/clock.h"
#include "check/services.h"
#include "base/jtext.h"
#include "history/history.h"
#include "history/score.h"

enum { WHY_BYTES = 1000 };

struct asking {
	struct history *history;
	const struct history_conf *conf;
	const struct control_request *req;
	struct pool *pool;
	struct identities ids;		/* what the name means */
	int64_t now_ms;
	struct buf why;
};

/* ---- texts ---- */

static void
add_identity(struct json_object *o, const struct identity *who)
{
	jtext_add_str(o, "kind", str_of(identity_kind_name(who->kind)));
	jtext_add_str(o, "name", who->name);
}

static struct json_object *
override_object(const struct override *v)
{
	struct json_object *o = jtext_object();

	add_identity(o, &v->who);
	json_object_object_add(o, "score", jtext_tenths(v->tenths));
	jtext_add_num(o, "set_ms", v->set_ms);
	jtext_add_num(o, "until_ms", v->until_ms);
	return o;
}

static bool
is_enough(const struct asking *a, double n)
{
	return n >= (double)a->conf->min_messages;
}

static struct json_object *
line_object(const struct asking *a, const struct history_line *l)
{
	struct json_object *o = jtext_object();
	bool known = is_enough(a, l->good + l->bad);

	add_identity(o, &l->who);
	json_object_object_add(o, "good", jtext_tenths(llround(l->good * 10)));
	json_object_object_add(o, "bad", jtext_tenths(llround(l->bad * 10)));
	jtext_add_num(o, "first_ms", l->first_ms);
	jtext_add_num(o, "last_ms", l->last_ms);
	json_object_object_add(o, "score", jtext_tenths(l->tenths));
	jtext_add_str(o, "band", str_of(band_name(history_band(a->conf, known, l->tenths))));
	return o;
}

static const char *
why_of(const struct asking *a, const struct history_view *v)
{
	if (v->overridden)
		return "set by the operator";
	if (!a->conf->enable)
		return "reputation.enable = no";
	if (!v->known)
		return "less was seen than reputation.min_messages asks for";
	return "by what was seen";
}

static void
add_opinion(const struct asking *a, struct json_object *o, const struct history_view *v)
{
	jtext_add_bool(o, "known", v->known);
	json_object_object_add(o, "score", jtext_tenths(v->tenths));
	jtext_add_str(o, "band", str_of(band_name(v->band)));
	jtext_add_str(o, "why", str_of(why_of(a, v)));
	if (v->overridden)
		json_object_object_add(o, "override", override_object(&v->override));
}

/* ---- show ---- */

/* An address means its network and system as well. */
static void
widen(struct asking *a, struct json_object *o)
{
	struct geo_facts geo;
	struct ip ip;

	if (a->ids.item[0].kind != IDENTITY_IP || !ip_parse(a->ids.item[0].name, &ip))
		return;
	geo_find(a->history->geo, &ip, &geo);
	if (geo.asn)
		jtext_add_num(o, "asn", geo.asn);
	if (geo.country[0])
		jtext_add_str(o, "country", str_of(geo.country));
	identity_client(a->pool, a->ids.item[0].name, geo.asn, &a->ids);
}

/* What is known of one network or system stands for all in it. */
static void
judge(const struct asking *a, struct history_view *v)
{
	struct history_question q = { .who = a->ids };

	history_judge(a->history, a->conf, a->now_ms, a->pool, &q, v);
	if (v->overridden || v->known || v->n != 1)
		return;
	v->known = is_enough(a, v->line[0].good + v->line[0].bad);
	v->tenths = v->known ? v->line[0].tenths : 0;
	v->band = history_band(a->conf, v->known, v->tenths);
}

/* An override of exactly this name, which for a network is not one that decides for itself. */
static bool
find_exact(const struct asking *a, const struct identity *who, struct override *out)
{
	struct override *all = pool_alloc(a->pool, OVERRIDES_MAX * sizeof(*all));
	size_t n = overrides_list(a->history->overrides, a->now_ms, a->pool, all, OVERRIDES_MAX);

	for (size_t i = 0; i < n; i++) {
		if (all[i].who.kind == who->kind && str_eq(all[i].who.name, who->name)) {
			*out = all[i];
			return true;
		}
	}
	return false;
}

static void
show(struct asking *a, struct buf *out)
{
	struct json_object *o = jtext_object(), *keys = jtext_array(0);
	struct history_view v;

	jtext_add_str(o, "name", a->req->name);
	widen(a, o);
	judge(a, &v);
	if (!v.overridden && a->ids.item[0].kind == IDENTITY_NET && find_exact(a, &a->ids.item[0], &v.override)) {
		v.overridden = v.known = true;
		v.tenths = v.override.tenths;
		v.band = history_band(a->conf, true, v.tenths);
	}
	add_opinion(a, o, &v);
	for (size_t i = 0; i < v.n; i++)
		json_object_array_add(keys, line_object(a, &v.line[i]));
	json_object_object_add(o, "keys", keys);
	jtext_write(o, out);
}

/* ---- set, forget ---- */

static int
failed(enum rc rc)
{
	return rc == RC_LIMIT ? EX_UNAVAILABLE : EX_CANTCREAT;
}

static void
set(struct asking *a, struct buf *out)
{
	struct override v = { .who = a->ids.item[0], .tenths = (int)a->req->tenths, .set_ms = a->now_ms,
	    .until_ms = a->req->until_ms };
	enum rc rc;

	if (a->req->tenths < -10 * SCORE_MAX || a->req->tenths > 10 * SCORE_MAX) {
		control_put_error(out, EX_DATAERR, "a reputation is from -10 to 10");
		return;
	}
	if (a->req->until_ms && a->req->until_ms <= a->now_ms) {
		control_put_error(out, EX_DATAERR, "that is over already");
		return;
	}
	rc = overrides_set(a->history->overrides, a->now_ms, &v, &a->why);
	if (rc == RC_OK)
		jtext_write(override_object(&v), out);
	else
		control_put_error(out, failed(rc), buf_cstr(&a->why));
}

static void
note_forgotten(struct json_object *list, const char *what, const struct identity *who, struct pool *pool)
{
	json_object_array_add(list, jtext_str(pool_printf(pool, "%s of %s %.*s", what, identity_kind_name(who->kind),
	    STR_ARG(who->name))));
}

static void
forget(struct asking *a, struct buf *out)
{
	struct json_object *o = jtext_object(), *list = jtext_array(0);
	struct history_view v;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < a->ids.n && (rc == RC_OK || rc == RC_NONE); i++) {
		const struct identity *who = &a->ids.item[i];

		rc = overrides_forget(a->history->overrides, a->now_ms, who, &a->why);
		if (rc == RC_OK)
			note_forgotten(list, "what was set", who, a->pool);
		if (history_forget(a->history, a->conf, a->now_ms, who))
			note_forgotten(list, "history", who, a->pool);
	}
	jtext_add_str(o, "name", a->req->name);
	json_object_object_add(o, "forgotten", list);
	widen(a, o);
	judge(a, &v);
	add_opinion(a, o, &v);
	if (rc == RC_OK || rc == RC_NONE) {
		jtext_write(o, out);
	} else {
		json_object_put(o);
		control_put_error(out, failed(rc), buf_cstr(&a->why));
	}
}

/* ---- list ---- */

static void
add_kind(const struct asking *a, enum identity_kind kind, struct json_object *keys)
{
	int64_t max = a->req->max > 0 && a->req->max < REPUTATION_LIST ? a->req->max : REPUTATION_LIST;
	struct history_line *lines = pool_alloc(a->pool, REPUTATION_LIST * sizeof(*lines));
	size_t n = history_list(a->history, a->conf, a->now_ms, kind, a->pool, lines, (size_t)max);

	for (size_t i = 0; i < n; i++)
		json_object_array_add(keys, line_object(a, &lines[i]));
}

static void
list(struct asking *a, struct buf *out)
{
	struct override *set_ones = pool_alloc(a->pool, OVERRIDES_MAX * sizeof(*set_ones));
	size_t n = overrides_list(a->history->overrides, a->now_ms, a->pool, set_ones, OVERRIDES_MAX);
	struct json_object *o = jtext_object(), *keys = jtext_array(0), *overrides = jtext_array(n);
	enum identity_kind only = IDENTITY_KINDS;
	bool all = a->req->name.n == 0;

	if (!all && !identity_kind_parse(a->req->name, &only) && !str_eq(a->req->name, STR("set"))) {
		json_object_put(keys);
		json_object_put(overrides);
		json_object_put(o);
		control_put_error(out, EX_USAGE, "list which kind? ip, net, asn, domain, helo, unverified, or set");
		return;
	}
	for (int k = 0; k < IDENTITY_KINDS; k++)
		if (all || (enum identity_kind)k == only)
			add_kind(a, (enum identity_kind)k, keys);
	for (size_t i = 0; i < n; i++)
		if (only == IDENTITY_KINDS || set_ones[i].who.kind == only)
			json_object_array_add(overrides, override_object(&set_ones[i]));
	json_object_object_add(o, "keys", keys);
	json_object_object_add(o, "overrides", overrides);
	jtext_write(o, out);
}

static const struct {
	const char *name;
	void (*run)(struct asking *, struct buf *out);
	bool named;
} ops[] = {
	{ "show", show, true },
	{ "set", set, true },
	{ "forget", forget, true },
	{ "list", list, false },
};

void
reputation_answer(const struct gate *g, const struct conf *conf, const struct control_request *req, struct pool *pool,
    struct buf *out)
{
	struct asking a = { .conf = conf_values(conf, &history_table), .req = req, .pool = pool,
	    .now_ms = clock_wall_ms() };
	size_t i = 0, n = sizeof(ops) / sizeof(ops[0]);

	while (i < n && !str_eq(req->op, str_of(ops[i].name)))
		i++;
	if (i == n || !g->services || !g->services->history) {
		control_put_error(out, EX_USAGE, "show, set, forget or list?");
		return;
	}
	a.history = g->services->history;
	buf_init(&a.why, WHY_BYTES);
	if (ops[i].named && identity_parse(pool, req->name, &a.ids, &a.why) != RC_OK)
		control_put_error(out, EX_DATAERR, buf_cstr(&a.why));
	else
		ops[i].run(&a, out);
	buf_clear(&a.why);
}
