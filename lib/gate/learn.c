/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/learn.h"

#include "base/clock.h"
#include "check/check.h"
#include "check/link_targets.h"
#include "check/services.h"
#include "history/history.h"

static bool
says_nothing(const struct gate *g, const struct learn_from *f)
{
	return !g->services || !g->services->history || f->session->auth_user.n || f->standing->flow == FLOW_TRUSTED ||
	    f->outcome->observe || f->outcome->failed || f->outcome->act.intercept == INTERCEPT_TEMPFAIL;
}

/* A sender that is refused for its history would never have another one. */
static bool
is_own_opinion(const struct report *r)
{
	for (size_t i = 0; i < r->findings.n; i++) {
		struct str name = str_of(report_finding(r, i)->def->name);

		if (report_finding(r, i)->class == CLASS_REPUTATION && report_finding(r, i)->score > 0 &&
		    (str_starts(name, STR("HISTORY_")) || str_starts(name, STR("SENDER_"))))
			return true;
	}
	return false;
}

static double
badness(const struct learn_from *f)
{
	if (!f->outcome->decided || (f->outcome->verdict == CLASS_REPUTATION && is_own_opinion(f->report)))
		return 0;
	return history_weight(f->outcome->verdict);
}

/* Local clients have no identity. */
static bool
has_client(const struct learn_from *f, struct identities *who)
{
	identity_client(f->pool, f->session->client_addr, f->standing->asn, who);
	identity_helo(f->pool, f->session, f->auth, who);
	return who->n > 0 && who->item[0].kind == IDENTITY_IP;
}

static void
learn(const struct gate *g, const struct learn_from *f, const struct history_event *e)
{
	if (e->good > 0 || e->bad > 0 || e->of.n_contacts)
		history_learn(g->services->history, conf_values(f->conf, &history_table), clock_wall_ms(), e);
}

/* Where the links of mail lead that was accepted and not found bad. */
static void
learn_places(const struct gate *g, const struct learn_from *f)
{
	struct places_entry place[PLACES];
	size_t n;

	if (!f->links || !g->services->counters || !check_is_enabled(f->conf, &check_link_new))
		return;
	n = link_targets_places(f->links, place);
	if (n)
		places_learn(g->services->counters, conf_values(f->conf, &check_link_new_options), clock_wall_ms(), place,
		    n);
}

void
learn_message(const struct gate *g, const struct learn_from *f)
{
	struct history_event e = { .bad = 0 };
	const struct outcome *o = f->outcome;

	if (says_nothing(g, f) || !has_client(f, &e.of.who))
		return;
	identity_sender(f->pool, f->session, f->auth, &e.of.who);
	e.bad = badness(f);
	if (!o->decided && o->act.intercept <= INTERCEPT_TAG) {
		e.good = o->complete ? 1 : 0;
		e.of.n_contacts = identity_contacts(f->pool, f->session, f->auth, e.of.contacts);
		learn_places(g, f);
	}
	learn(g, f, &e);
}

/* Nothing of the sender is proved but its envelope; what it was refused for is the client's. */
void
learn_refusal(const struct gate *g, const struct learn_from *f)
{
	struct history_event e = { .bad = 0 };

	if (says_nothing(g, f) || f->standing->relay || !has_client(f, &e.of.who))
		return;
	e.bad = badness(f);
	learn(g, f, &e);
}
