/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What this site has seen of the client's address, network and autonomous system: what sender groups and
 * other checks of the connection go by. The sender is weighed in at MAIL
 * (check_reputation.c); its counters are read here, too: one call for both. */
#include "base/clock.h"
#include "check/check.h"
#include "check/services.h"
#include "history/history.h"

enum { NEW };

static const struct finding_def found[] = {
	[NEW] = { "NEW_SENDER", CLASS_INFO, 0, false,
	    "No mail of the client's network (/24, or /48 of IPv6) has been seen for a long time, or ever." },
	{ .name = NULL }
};

static void
locate(const struct scan *scan, struct geo_facts *geo)
{
	struct ip ip;

	*geo = (struct geo_facts){ .asn = 0 };
	if (ip_parse(scan->session->client_addr, &ip))
		geo_find(scan->services->history->geo, &ip, geo);
	scan->standing->asn = geo->asn;
	memcpy(scan->standing->country, geo->country, sizeof(scan->standing->country));
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	struct standing *st = scan->standing;
	struct history *h = scan->services ? scan->services->history : NULL;
	struct history_question q = { .n_contacts = 0 };
	struct identities ahead;
	struct history_view v;
	struct geo_facts geo;

	if (!h || !st)
		return RC_OK;
	locate(scan, &geo);
	if (scan->session->auth_user.n)
		return RC_OK;
	identity_client(scan->pool, scan->session->client_addr, geo.asn, &q.who);
	if (q.who.n) {
		ahead = q.who;
		identity_foresee(scan->pool, scan->session, &ahead);
		q.known = st->known = history_foresee(h, conf, clock_wall_ms(), scan->pool, &ahead);
	}
	history_judge(h, conf, clock_wall_ms(), scan->pool, &q, &v);
	st->has_reputation = v.known;
	st->reputation = v.tenths;
	st->band = v.band;
	st->new_sender = v.new_sender;
	if (v.new_sender)
		report_add(out, &found[NEW], REPORT_NO_PART, "%.*s", STR_ARG(q.who.item[1].name));
	return RC_OK;
}

const struct check check_history = {
	.name = "history",
	.title = "What was seen of the client's address, network and autonomous system",
	.source = "own history; Cisco AsyncOS, SenderBase Reputation Scores",
	.phase = PHASE_CONNECT,
	.place = PLACE_GATE,
	.opts = &history_table,
	.found = found,
	.run = run,
};
