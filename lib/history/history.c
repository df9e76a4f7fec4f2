/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "history/history.h"

#include <assert.h>
#include <stdlib.h>

#include "history/score.h"

/* How much what is known of a sender counts beside what is known of its client, which counts 1. */
#define WEIGHT_DOMAIN 0.5
#define WEIGHT_HELO 0.25
#define WEIGHT_CLAIMED 0.25

enum { FRESH_MS = 1000 };		/* what was read a moment ago */

static_assert(IDENTITIES + IDENTITY_CONTACTS <= COUNTER_OPS, "one event is one call");

struct history *
history_new(struct counters *counters, const struct geo_conf *geo, struct str state_dir, struct log_ctx lc)
{
	struct history *h = calloc(1, sizeof(*h));

	if (!h)
		abort();
	*h = (struct history){ .counters = counters, .geo = geo_new(geo, lc), .overrides = overrides_new(state_dir, lc) };
	return h;
}

void
history_free(struct history **at)
{
	struct history *h = *at;

	*at = NULL;
	if (!h)
		return;
	geo_free(&h->geo);
	overrides_free(&h->overrides);
	free(h);
}

/* ---- judging ---- */

static struct counter_op
op_of(const struct history_conf *c, const struct identity *who)
{
	return (struct counter_op){ .type = COUNT_HISTORY, .kind = identity_counter(who->kind), .name = who->name,
	    .window_ms = c->half_life_ms };
}

static struct score_evidence
evidence(const struct history_conf *c, int64_t now_ms, const struct history_line *l, double good, double bad)
{
	return score_evidence(l->good - good, l->bad - bad, now_ms - l->last_ms, c->half_life_ms);
}

static void
fill_line(const struct history_conf *c, int64_t now_ms, const struct counter_op *op, struct history_line *l)
{
	l->good = op->good_now;
	l->bad = op->bad_now;
	l->first_ms = op->first_ms;
	l->last_ms = op->last_ms;
	l->tenths = score_tenths(score_of(evidence(c, now_ms, l, 0, 0), 0));
}

static const struct history_line *
line_of(const struct history_view *v, enum identity_kind kind)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->line[i].who.kind == kind)
			return &v->line[i];
	return NULL;
}

/* From the widest to the narrowest; what the narrower one has counted is taken out of the wider. */
static void
judge_client(const struct history_conf *c, int64_t now_ms, struct history_view *v, struct score_mean *mean)
{
	const struct history_line *ip = line_of(v, IDENTITY_IP), *net = line_of(v, IDENTITY_NET);
	const struct history_line *asn = line_of(v, IDENTITY_ASN);
	struct score_evidence own, around, wide = { 0, 0 };
	double score = 0;

	if (!ip || !net)
		return;
	own = evidence(c, now_ms, ip, 0, 0);
	around = evidence(c, now_ms, net, ip->good, ip->bad);
	if (asn) {
		wide = evidence(c, now_ms, asn, net->good, net->bad);
		score = SCORE_FROM_ASN * score_of(wide, 0);
	}
	score = score_of(own, SCORE_FROM_NET * score_of(around, score));
	own.good += around.good;
	own.bad += around.bad;
	v->known |= own.good + own.bad >= (double)c->min_messages;
	own.good += wide.good / 10;
	own.bad += wide.bad / 10;
	score_mean_add(mean, score, score_trust(own));
}

static size_t
count_of(const struct history_view *v, enum identity_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += v->line[i].who.kind == kind;
	return n;
}

/* A name that nothing proved can make it worse, never better. */
static void
judge_names(const struct history_conf *c, int64_t now_ms, struct history_view *v, struct score_mean *mean)
{
	static const double weights[IDENTITY_KINDS] = {
		[IDENTITY_DOMAIN] = WEIGHT_DOMAIN, [IDENTITY_HELO] = WEIGHT_HELO, [IDENTITY_CLAIMED] = WEIGHT_CLAIMED,
	};

	for (size_t i = 0; i < v->n; i++) {
		const struct history_line *l = &v->line[i];
		struct score_evidence e = evidence(c, now_ms, l, 0, 0);
		double score = score_of(e, 0), weight = weights[l->who.kind] * score_trust(e);

		if (weight <= 0)
			continue;
		if (l->who.kind != IDENTITY_CLAIMED)
			v->known |= e.good + e.bad >= (double)c->min_messages;
		else if (score > 0)
			continue;
		score_mean_add(mean, score, weight / (double)count_of(v, l->who.kind));
	}
}

enum band
history_band(const struct history_conf *c, bool known, int tenths)
{
	if (!known)
		return BAND_UNKNOWN;
	if (tenths <= c->bad)
		return BAND_BAD;
	if (tenths <= c->suspect)
		return BAND_SUSPECT;
	return tenths >= c->good ? BAND_GOOD : BAND_NEUTRAL;
}

static struct counter_op
contact_op(const struct history_conf *c, struct str name, int64_t add)
{
	return (struct counter_op){ .type = COUNT_MARK, .kind = "history/contact", .name = name,
	    .window_ms = c->contact_ms, .add = add };
}

const struct history_known *
history_foresee(struct history *h, const struct history_conf *c, int64_t now_ms, struct pool *pool,
    const struct identities *who)
{
	struct history_known *known = pool_alloc(pool, sizeof(*known));
	struct counter_op ops[IDENTITIES];

	known->at_ms = now_ms;
	if (!c->enable || !h->counters || who->n == 0)
		return known;
	for (size_t i = 0; i < who->n; i++)
		ops[i] = op_of(c, &who->item[i]);
	counters_run(h->counters, now_ms, ops, who->n);
	known->n = who->n;
	for (size_t i = 0; i < who->n; i++) {
		known->line[i].who = who->item[i];
		fill_line(c, now_ms, &ops[i], &known->line[i]);
	}
	return known;
}

static bool
is_known(const struct history_known *known, int64_t now_ms, struct history_line *l)
{
	if (!known || now_ms < known->at_ms || now_ms - known->at_ms > FRESH_MS)
		return false;
	for (size_t i = 0; i < known->n; i++) {
		if (known->line[i].who.kind == l->who.kind && str_eq(known->line[i].who.name, l->who.name)) {
			*l = known->line[i];
			return true;
		}
	}
	return false;
}

/* Identities first, then contacts. */
static void
read_all(struct history *h, const struct history_conf *c, int64_t now_ms, const struct history_question *q,
    struct history_view *v)
{
	struct counter_op ops[IDENTITIES + IDENTITY_CONTACTS];
	struct history_line *asked[IDENTITIES];
	size_t n = 0, n_asked;

	v->n = q->who.n;
	for (size_t i = 0; i < v->n; i++) {
		v->line[i] = (struct history_line){ .who = q->who.item[i] };
		if (is_known(q->known, now_ms, &v->line[i]))
			continue;
		asked[n] = &v->line[i];
		ops[n++] = op_of(c, &q->who.item[i]);
	}
	n_asked = n;
	for (size_t i = 0; i < q->n_contacts; i++)
		ops[n++] = contact_op(c, q->contacts[i], 0);
	if (n)
		counters_run(h->counters, now_ms, ops, n);
	for (size_t i = 0; i < n_asked; i++)
		fill_line(c, now_ms, &ops[i], asked[i]);
	for (size_t i = n_asked; i < n; i++)
		v->first_contact |= ops[i].first_ms == 0;
}

void
history_judge(struct history *h, const struct history_conf *c, int64_t now_ms, struct pool *pool,
    const struct history_question *q, struct history_view *v)
{
	struct score_mean mean = { 0, 0 };
	const struct history_line *net;

	*v = (struct history_view){ .n = 0 };
	if (c->enable && h->counters && q->who.n + q->n_contacts)
		read_all(h, c, now_ms, q, v);
	judge_client(c, now_ms, v, &mean);
	judge_names(c, now_ms, v, &mean);
	v->tenths = v->known ? score_tenths(score_mean(&mean)) : 0;
	net = line_of(v, IDENTITY_NET);
	v->new_sender = net && net->first_ms == 0;
	v->overridden = overrides_find(h->overrides, now_ms, pool, &q->who, &v->override);
	if (v->overridden) {
		v->known = true;
		v->tenths = v->override.tenths;
	}
	v->band = history_band(c, v->known, v->tenths);
}

/* ---- learning ---- */

/* What harms counts more than what annoys. A name that is not proved may be forged by the one who is
 * refused because of it, and a list that refuses an address says little about what it would have sent.
 * The operator's own rules (content, blocked, flow, bulk) say nothing about the sender. */
double
history_weight(enum class class)
{
	switch (class) {
	case CLASS_MALWARE: case CLASS_PHISHING: case CLASS_BEC:
		return 3;
	case CLASS_CAMPAIGN:
		return 2;
	case CLASS_SPAM:
		return 1;
	case CLASS_AUTH: case CLASS_REPUTATION:
		return 0.25;
	case CLASS_RECIPIENT:
		return 0.2;
	case CLASS_CONTENT: case CLASS_BLOCKED: case CLASS_FLOW: case CLASS_BULK: case CLASS_INFO: case CLASS_N:
		break;
	}
	return 0;
}

void
history_learn(struct history *h, const struct history_conf *c, int64_t now_ms, const struct history_event *e)
{
	struct counter_op ops[IDENTITIES + IDENTITY_CONTACTS];
	size_t n = 0;

	if (!c->enable)
		return;
	for (size_t i = 0; i < e->of.who.n && (e->good > 0 || e->bad > 0); i++) {
		ops[n] = op_of(c, &e->of.who.item[i]);
		ops[n].good = e->good;
		ops[n++].bad = e->bad;
	}
	for (size_t i = 0; i < e->of.n_contacts; i++)
		ops[n++] = contact_op(c, e->of.contacts[i], 1);
	if (n)
		counters_run(h->counters, now_ms, ops, n);
}

/* ---- the operator ---- */

/* Take counts out of an identity. What is counted at the same moment may be lost. */
static void
reduce(struct history *h, const struct history_conf *c, int64_t now_ms, const struct identity *who,
    const struct score_evidence *by)
{
	struct counter_op op = op_of(c, who);

	counters_run(h->counters, now_ms, &op, 1);
	counters_forget(h->counters, op.kind, op.name);
	op.good = op.good_now - by->good;
	op.bad = op.bad_now - by->bad;
	/* Less than half a message is rounding. */
	if (op.good + op.bad >= 0.5)
		counters_run(h->counters, now_ms, &op, 1);
}

static bool
forget_one(struct history *h, const struct history_conf *c, int64_t now_ms, const struct identity *who,
    struct score_evidence *sum)
{
	struct counter_op op = op_of(c, who);

	counters_run(h->counters, now_ms, &op, 1);
	sum->good += op.good_now;
	sum->bad += op.bad_now;
	return counters_forget(h->counters, op.kind, op.name);
}

static bool
is_inside(const struct identity *who, const struct ip_net *net)
{
	struct ip_net other;

	return ip_net_parse(who->name, &other) && other.prefix >= net->prefix && ip_in(&other.ip, net);
}

/* All of a kind in a network. */
static bool
forget_inside(struct history *h, const struct history_conf *c, int64_t now_ms, enum identity_kind kind,
    const struct ip_net *net, struct score_evidence *sum)
{
	struct pool *pool = pool_new(0);
	struct counter_entry *all = pool_alloc(pool, HISTORY_LIST * sizeof(*all));
	size_t n = counters_list(h->counters, identity_counter(kind), pool, all, HISTORY_LIST);
	bool was = false;

	for (size_t i = 0; i < n; i++) {
		struct identity who = { kind, all[i].name };

		if (is_inside(&who, net))
			was |= forget_one(h, c, now_ms, &who, sum);
	}
	pool_free(&pool);
	return was;
}

static void
reduce_asn(struct history *h, const struct history_conf *c, int64_t now_ms, const struct ip *ip,
    const struct score_evidence *by)
{
	struct pool *pool = pool_new(0);
	struct geo_facts geo;

	geo_find(h->geo, ip, &geo);
	if (geo.asn)
		reduce(h, c, now_ms, &(struct identity){ IDENTITY_ASN, pool_printf(pool, "AS%u", geo.asn) }, by);
	pool_free(&pool);
}

static bool
forget_ip(struct history *h, const struct history_conf *c, int64_t now_ms, const struct identity *who)
{
	struct score_evidence sum = { 0, 0 };
	struct pool *pool = pool_new(0);
	struct ip_net net;
	struct ip ip;
	bool was = forget_one(h, c, now_ms, who, &sum);

	if (was && ip_parse(who->name, &ip)) {
		net = identity_net(&ip);
		reduce(h, c, now_ms, &(struct identity){ IDENTITY_NET, identity_net_text(pool, &net) }, &sum);
		reduce_asn(h, c, now_ms, &ip, &sum);
	}
	pool_free(&pool);
	return was;
}

/* A network wider than those that count loses each of them; one that is narrower, its addresses. */
static bool
forget_net(struct history *h, const struct history_conf *c, int64_t now_ms, const struct identity *who)
{
	struct score_evidence nets = { 0, 0 }, ips = { 0, 0 }, *sum = &nets;
	struct pool *pool = pool_new(0);
	struct ip_net net, around;
	bool was = false;

	if (ip_net_parse(who->name, &net)) {
		was = forget_inside(h, c, now_ms, IDENTITY_NET, &net, &nets);
		was |= forget_inside(h, c, now_ms, IDENTITY_IP, &net, &ips);
		around = identity_net(&net.ip);
		if (net.prefix > around.prefix) {
			sum = &ips;
			reduce(h, c, now_ms, &(struct identity){ IDENTITY_NET, identity_net_text(pool, &around) }, sum);
		}
		reduce_asn(h, c, now_ms, &net.ip, sum);
	}
	pool_free(&pool);
	return was;
}

bool
history_forget(struct history *h, const struct history_conf *c, int64_t now_ms, const struct identity *who)
{
	if (!h->counters)
		return false;
	switch (who->kind) {
	case IDENTITY_IP:
		return forget_ip(h, c, now_ms, who);
	case IDENTITY_NET:
		return forget_net(h, c, now_ms, who);
	case IDENTITY_ASN: case IDENTITY_DOMAIN: case IDENTITY_HELO: case IDENTITY_CLAIMED: case IDENTITY_KINDS:
		break;
	}
	return counters_forget(h->counters, identity_counter(who->kind), who->name);
}

static int
worst_first(const void *a, const void *b)
{
	const struct history_line *x = a, *y = b;

	return x->tenths != y->tenths ? (x->tenths > y->tenths) - (x->tenths < y->tenths) :
	    str_cmp(x->who.name, y->who.name);
}

size_t
history_list(struct history *h, const struct history_conf *c, int64_t now_ms, enum identity_kind kind,
    struct pool *pool, struct history_line *out, size_t max)
{
	struct counter_entry *all = pool_alloc(pool, HISTORY_LIST * sizeof(*all));
	size_t n = counters_list(h->counters, identity_counter(kind), pool, all, HISTORY_LIST);
	struct history_line *lines = pool_alloc(pool, (n + 1) * sizeof(*lines));

	for (size_t i = 0; i < n; i++) {
		lines[i].who = (struct identity){ kind, all[i].name };
		fill_line(c, now_ms, &all[i].value, &lines[i]);
	}
	qsort(lines, n, sizeof(*lines), worst_first);
	n = n < max ? n : max;
	memcpy(out, lines, n * sizeof(*out));
	return n;
}
