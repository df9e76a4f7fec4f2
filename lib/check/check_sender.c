/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The sender once all proofs are in: domains that DKIM or DMARC have proved, which nobody knew at MAIL, and
 * whether this sender ever wrote to the domains of these recipients. */
#include "base/clock.h"
#include "check/check.h"
#include "check/services.h"
#include "conf/value.h"
#include "history/history.h"

enum { BAD, SUSPECT, FIRST };
enum { NUMBER_MAX = 100 };

static const struct finding_def found[] = {
	[BAD] = { "SENDER_BAD", CLASS_REPUTATION, 50, false,
	    "The history of a domain that DKIM or DMARC has proved is in the band bad." },
	[SUSPECT] = { "SENDER_SUSPECT", CLASS_REPUTATION, 20, false,
	    "The history of a domain that DKIM or DMARC has proved is in the band suspect." },
	[FIRST] = { "FIRST_CONTACT", CLASS_INFO, 0, false,
	    "This sender has not written to the domain of a recipient before, as far as reputation.contact_ms reaches." },
	{ .name = NULL }
};

/* MAIL has judged with this one. */
static bool
was_judged(const struct scan *scan, const struct identity *who)
{
	return who->kind != IDENTITY_DOMAIN ||
	    (scan->auth && scan->auth->spf_mail.result == AUTH_PASS &&
	    str_eq_nocase(scan->auth->spf_mail.domain, who->name));
}

static void
judge_domain(const struct scan *scan, const struct history_conf *c, const struct history_line *l, struct report *out)
{
	enum band band = history_band(c, l->good + l->bad >= (double)c->min_messages, l->tenths);
	struct buf number;

	if (was_judged(scan, &l->who) || (band != BAND_BAD && band != BAND_SUSPECT))
		return;
	buf_init(&number, NUMBER_MAX);
	value_format_number(OPT_SCORE, l->tenths, &number);
	report_add(out, &found[band == BAND_BAD ? BAD : SUSPECT], REPORT_NO_PART, "%s: domain %.*s %.0f good %.1f bad",
	    buf_cstr(&number), STR_ARG(l->who.name), l->good, l->bad);
	buf_clear(&number);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct session *s = scan->session;
	struct history_question q = { .n_contacts = 0 };
	struct history_view v;

	if (!scan->services || !scan->services->history || !scan->standing || s->auth_user.n || s->client_addr.n == 0)
		return RC_OK;
	identity_sender(scan->pool, s, scan->auth, &q.who);
	q.n_contacts = identity_contacts(scan->pool, s, scan->auth, q.contacts);
	history_judge(scan->services->history, conf, clock_wall_ms(), scan->pool, &q, &v);
	for (size_t i = 0; i < v.n; i++)
		judge_domain(scan, conf, &v.line[i], out);
	scan->standing->first_contact = v.first_contact;
	if (v.first_contact)
		report_add(out, &found[FIRST], REPORT_NO_PART, "from=%.*s", STR_ARG(str_upto(s->mail_from, 200)));
	return RC_OK;
}

const struct check check_sender = {
	.name = "sender",
	.title = "History of the proved sender, and first contacts",
	.source = "own history",
	.phase = PHASE_LOOKUP,
	.place = PLACE_GATE,
	.opts = &history_table,
	.found = found,
	.run = run,
};
