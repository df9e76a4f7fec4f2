/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/parties.h"

#include "base/vec.h"
#include "gate/passes.h"
#include "policy/links_opts.h"
#include "policy/rcpt_groups.h"

/* A party while recipients come to it. */
struct joining {
	struct party party;
	struct vec rcpts;		/* size_t */
};

/* What a policy says, asked once for all recipients it is theirs. */
struct said {
	const struct rcpt_policy *policy;
	size_t party;
};

const char *
party_fate_name(enum party_fate fate)
{
	switch (fate) {
	case PARTY_STAYS: return "stays";
	case PARTY_COPIED: return "copied";
	case PARTY_KEPT: return "kept";
	case PARTY_DROPPED: return "dropped";
	}
	return "stays";
}

bool
party_is_served(const struct outcome *o)
{
	return o->observe || o->act.intercept < INTERCEPT_QUARANTINE;
}

static void
decide(const struct parties_in *in, const struct rcpt_policy *policy, const struct report *report, struct outcome *out)
{
	const struct policy_conf *pc = conf_values(rcpt_policy_conf(in->conf, policy), &policy_table);

	if (in->failed)
		policy_failed(pc, in->why, in->pool, out);
	else
		policy_decide(pc, report, in->pool, out);
	if (in->again)
		passes_temper(out);
}

/* ---- join ---- */

static bool
same_actions(const struct action_set *a, const struct action_set *b)
{
	if (a->intercept != b->intercept || a->modify != b->modify || !str_eq(a->subject, b->subject) ||
	    a->n_headers != b->n_headers)
		return false;
	for (size_t i = 0; i < a->n_headers; i++)
		if (!str_eq(a->headers[i], b->headers[i]))
			return false;
	return true;
}

/* Would the message be changed in the same way? */
static bool
same_changes(const struct parties_in *in, const struct rcpt_policy *a, const struct rcpt_policy *b)
{
	const struct conf *ca = rcpt_policy_conf(in->conf, a), *cb = rcpt_policy_conf(in->conf, b);
	const struct links_conf *la = conf_values(ca, &links_table), *lb = conf_values(cb, &links_table);
	const struct policy_conf *pa = conf_values(ca, &policy_table), *pb = conf_values(cb, &policy_table);

	for (int v = 0; v < LINK_VERDICTS; v++)
		if (la->on[v] != lb->on[v])
			return false;
	return str_eq(la->text, lb->text) && la->attachments == lb->attachments &&
	    same_actions(&la->on_fail, &lb->on_fail) && pa->add_headers == pb->add_headers;
}

static bool
equal(const struct parties_in *in, const struct party *p, const struct rcpt_policy *policy, const struct outcome *o)
{
	if (p->policy == policy)
		return true;
	if (p->outcome.observe != o->observe || !same_actions(&p->outcome.act, &o->act))
		return false;
	return o->observe || !party_is_served(o) || same_changes(in, p->policy, policy);
}

static size_t
party_for(const struct parties_in *in, const struct report *report, const struct rcpt_policy *policy, struct vec *all)
{
	struct joining *j = all->items;
	struct outcome outcome;

	decide(in, policy, report, &outcome);
	for (size_t i = 0; i < all->n; i++)
		if (equal(in, &j[i].party, policy, &outcome))
			return i;
	j = vec_push(in->pool, all, sizeof(*j));
	j->party = (struct party){ .policy = policy, .outcome = outcome };
	return all->n - 1;
}

static struct joining *
join(const struct parties_in *in, const struct report *report, const struct rcpt_policy *policy, struct vec *said,
    struct vec *all)
{
	struct said *s = said->items;
	size_t at;

	for (size_t i = 0; i < said->n; i++)
		if (s[i].policy == policy)
			return (struct joining *)all->items + s[i].party;
	at = party_for(in, report, policy, all);
	*(struct said *)vec_push(in->pool, said, sizeof(*s)) = (struct said){ policy, at };
	return (struct joining *)all->items + at;
}

/* RC_TEMP: it is not known whose policy is that of a recipient: *open is the group. */
static enum rc
gather(const struct parties_in *in, struct result *out, struct str *open)
{
	struct vec all = { .n = 0 }, said = { .n = 0 };
	struct rcpt_whose whose;
	struct party *parties;

	for (size_t i = 0; i < in->session->n_rcpts; i++) {
		struct joining *j;

		rcpt_groups_find(in->conf, in->recipients, in->pool, in->session->rcpts[i], &whose);
		*open = whose.group;
		if (whose.unanswered)
			return RC_TEMP;
		j = join(in, &out->report, whose.policy, &said, &all);
		*(size_t *)vec_push(in->pool, &j->rcpts, sizeof(i)) = i;
	}
	if (all.n == 0)
		(void)join(in, &out->report, NULL, &said, &all);
	parties = pool_alloc(in->pool, all.n * sizeof(*parties));
	for (size_t i = 0; i < all.n; i++) {
		const struct joining *j = (const struct joining *)all.items + i;

		parties[i] = j->party;
		parties[i].rcpts = j->rcpts.items;
		parties[i].n = j->rcpts.n;
	}
	out->parties = parties;
	out->n_parties = all.n;
	return RC_OK;
}

/* ---- who stays ---- */

/* One outcome for everybody. */
static void
all_as(const struct parties_in *in, struct result *res, const struct party *p)
{
	struct party *one = pool_alloc(in->pool, sizeof(*one));
	size_t n = in->session->n_rcpts, *rcpts = pool_alloc(in->pool, (n + 1) * sizeof(*rcpts));

	for (size_t i = 0; i < n; i++)
		rcpts[i] = i;
	*one = (struct party){ .policy = p->policy, .outcome = p->outcome, .rcpts = rcpts, .n = n };
	res->parties = one;
	res->n_parties = 1;
}

/* The one that is to hold for all, if there is one: they come again together; or they cannot be parted. */
static const struct party *
answer_for_all(const struct parties_in *in, const struct result *res)
{
	const struct party *strongest = &res->parties[0];

	for (size_t i = 0; i < res->n_parties; i++) {
		const struct party *p = &res->parties[i];

		if (p->outcome.act.intercept == INTERCEPT_TEMPFAIL)
			return p;
		if (p->outcome.act.intercept > strongest->outcome.act.intercept)
			strongest = p;
	}
	return in->whole ? NULL : strongest;
}

/* Of those that are served the largest; else of those that are kept. */
static struct party *
who_stays(const struct result *res)
{
	struct party *best = NULL;

	for (size_t i = 0; i < res->n_parties; i++) {
		struct party *p = &res->parties[i];
		bool served = party_is_served(&p->outcome);

		if (p->outcome.act.intercept == INTERCEPT_DISCARD)
			continue;
		if (!best || (served && !party_is_served(&best->outcome)) ||
		    (served == party_is_served(&best->outcome) && p->n > best->n))
			best = p;
	}
	return best ? best : &res->parties[0];
}

static void
part(struct result *res)
{
	const struct party *stays = who_stays(res);

	for (size_t i = 0; i < res->n_parties; i++) {
		struct party *p = &res->parties[i];

		if (p->outcome.act.intercept == INTERCEPT_REJECT)
			p->outcome.act.intercept = INTERCEPT_QUARANTINE;
		if (p == stays)
			p->fate = PARTY_STAYS;
		else if (party_is_served(&p->outcome))
			p->fate = PARTY_COPIED;
		else
			p->fate = p->outcome.act.intercept == INTERCEPT_DISCARD ? PARTY_DROPPED : PARTY_KEPT;
	}
	res->outcome = stays->outcome;
}

void
parties_decide(const struct parties_in *in, struct result *out)
{
	const struct party *all;
	struct party later;
	struct str open;

	if (gather(in, out, &open) != RC_OK) {
		later = (struct party){ .policy = NULL };
		policy_deferred(conf_values(in->conf, &policy_table), STR("recipient_groups_unanswered"), open, in->pool,
		    &later.outcome);
		all_as(in, out, &later);
	}
	if (out->n_parties > 1 && (all = answer_for_all(in, out)) != NULL)
		all_as(in, out, all);
	if (out->n_parties > 1)
		part(out);
	else
		out->outcome = out->parties[0].outcome;
}

void
parties_stay(struct result *res, unsigned changed)
{
	bool deferred = res->outcome.act.intercept == INTERCEPT_TEMPFAIL && !res->outcome.observe;

	if (res->n_parties > 1 && res->outcome.act.intercept == INTERCEPT_REJECT)
		res->outcome.act.intercept = INTERCEPT_QUARANTINE;	/* others are served */
	for (size_t i = 0; i < res->n_parties; i++) {
		if (deferred)
			res->parties[i].fate = PARTY_STAYS;	/* all come again */
		if (res->parties[i].fate != PARTY_STAYS)
			continue;
		res->parties[i].outcome = res->outcome;
		res->parties[i].changed = changed;
	}
}

const struct party *
parties_of(const struct result *res, size_t rcpt)
{
	for (size_t i = 0; i < res->n_parties; i++)
		for (size_t k = 0; k < res->parties[i].n; k++)
			if (res->parties[i].rcpts[k] == rcpt)
				return &res->parties[i];
	return NULL;
}
