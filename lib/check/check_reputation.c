/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The reputation of client and sender together, by own history or as the operator has set it. A domain that
 * SPF has proved counts with its own history; one that nothing has proved yet can only make it worse. */
#include "base/clock.h"
#include "check/check.h"
#include "check/services.h"
#include "conf/value.h"
#include "history/history.h"

enum { BAD, SUSPECT, GOOD };
enum { EVIDENCE_MAX = 1000 };

static const struct finding_def found[] = {
	[BAD] = { "HISTORY_BAD", CLASS_REPUTATION, 100, false,
	    "The reputation of client and sender is in the band bad: reputation.bad or less.",
	    { "50", "7.1", "Too much of the mail that came from there was bad" } },
	[SUSPECT] = { "HISTORY_SUSPECT", CLASS_REPUTATION, 30, false,
	    "The reputation of client and sender is in the band suspect: reputation.suspect or less." },
	[GOOD] = { "HISTORY_GOOD", CLASS_REPUTATION, -20, false,
	    "The reputation of client and sender is in the band good, which outweighs a weak sign of the opposite." },
	{ .name = NULL }
};

static void
put_evidence(const struct history_view *v, struct buf *out)
{
	const char *sep = ":";

	value_format_number(OPT_SCORE, v->tenths, out);
	if (v->overridden)
		buf_printf(out, ": set for %s %.*s", identity_kind_name(v->override.who.kind),
		    STR_ARG(v->override.who.name));
	for (size_t i = 0; i < v->n && !v->overridden; i++) {
		const struct history_line *l = &v->line[i];

		if (l->good + l->bad < 0.1)
			continue;
		buf_printf(out, "%s %s %.*s %.0f good %.1f bad", sep, identity_kind_name(l->who.kind), STR_ARG(l->who.name),
		    l->good, l->bad);
		sep = ",";
	}
}

static void
put_finding(const struct history_view *v, struct report *out)
{
	static const struct finding_def *const of_band[BAND_N] = {
		[BAND_BAD] = &found[BAD], [BAND_SUSPECT] = &found[SUSPECT], [BAND_GOOD] = &found[GOOD],
	};
	struct buf text;

	if (!of_band[v->band])
		return;
	buf_init(&text, EVIDENCE_MAX);
	put_evidence(v, &text);
	report_add(out, of_band[v->band], REPORT_NO_PART, "%.*s", STR_ARG(buf_str(&text)));
	buf_clear(&text);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct session *s = scan->session;
	struct standing *st = scan->standing;
	struct history_question q = { .n_contacts = 0 };
	struct history_view v;

	if (!scan->services || !scan->services->history || !st || s->auth_user.n)
		return RC_OK;
	identity_client(scan->pool, s->client_addr, st->asn, &q.who);
	if (q.who.n == 0)
		return RC_OK;
	q.known = st->known;
	identity_helo(scan->pool, s, scan->auth, &q.who);
	identity_sender(scan->pool, s, scan->auth, &q.who);
	history_judge(scan->services->history, conf, clock_wall_ms(), scan->pool, &q, &v);
	st->has_reputation = v.known;
	st->reputation = v.tenths;
	st->band = v.band;
	st->first_contact = false;
	put_finding(&v, out);
	return RC_OK;
}

const struct check check_reputation = {
	.name = "reputation",
	.title = "Reputation of client and sender by what was seen of them",
	.source = "own history; Cisco AsyncOS, SenderBase Reputation Scores",
	.phase = PHASE_MAIL,
	.place = PLACE_GATE,
	.opts = &history_table,
	.found = found,
	.run = run,
};
