/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Is this for somebody here? And who asks that question too often, with names that nobody has.
 *
 * Who is over the limit learns nothing any more: known and unknown recipients are refused alike. */
#include "base/clock.h"
#include "check/check.h"
#include "check/greylist.h"
#include "check/services.h"

enum { UNKNOWN, ELSEWHERE, NO_ANSWER, UNCHECKED, HARVEST, WAIT };
#define HOUR_MS (3600 * 1000LL)
#define KIND "harvest/client"

static const struct finding_def found[] = {
	[UNKNOWN] = { "RCPT_UNKNOWN", CLASS_RECIPIENT, 100, false,
	    "The domain is ours, but nobody has this address.",
	    .reply = { "50", "1.1", "No such recipient" }, .alone = true },
	[ELSEWHERE] = { "RCPT_RELAY", CLASS_RECIPIENT, 100, false,
	    "The recipient's domain is none of recipients.domains, and the client may not send to the world through us.",
	    .reply = { "50", "7.1", "Mail for this domain is not accepted here" } },
	[NO_ANSWER] = { "RCPT_TEMP", CLASS_FLOW, 100, false,
	    "No answer could be had whether there is such a recipient, and recipients.unanswered is tempfail.",
	    .reply = { "51", "4.3", "The recipient cannot be checked now" }, .alone = true },
	[UNCHECKED] = { "RCPT_UNCHECKED", CLASS_INFO, 0, false,
	    "It is not known whether there is such a recipient: no answer came, or the next server takes every address." },
	[HARVEST] = { "HARVESTING", CLASS_RECIPIENT, 100, false,
	    "The client named more unknown recipients in an hour than recipients.harvest_max.",
	    .reply = { "50", "7.1", "Too many unknown recipients" } },
	[WAIT] = { "HARVEST_WAIT", CLASS_FLOW, 100, false,
	    "The same, where recipients.harvest_action is defer.",
	    .reply = { "21", "7.1", "Too many unknown recipients, try again later" } },
	{ .name = NULL }
};

/* Own users and submission, this machine, and whom the operator trusts. */
static bool
is_trusted(const struct scan *scan)
{
	const struct session *s = scan->session;

	return s->client_addr.n == 0 || s->auth_user.n || str_starts(s->client_addr, STR("127.")) ||
	    str_eq(s->client_addr, STR("::1")) ||
	    (scan->standing && (scan->standing->relay || scan->standing->flow == FLOW_TRUSTED));
}

static int64_t
unknown_so_far(const struct scan *scan, struct str client, int64_t add)
{
	struct counter_op op = { .type = COUNT_RATE, .kind = KIND, .name = client, .window_ms = HOUR_MS, .add = add };

	counters_run(scan->services->counters, clock_wall_ms(), &op, 1);
	return op.count;
}

static void
judge(const struct scan *scan, const struct recipients_rules *rules, bool trusted, struct report *out)
{
	struct str by, to = str_upto(scan->session->rcpts[scan->rcpt], REPORT_EVIDENCE / 2);
	const struct finding_def *def = NULL;

	switch (recipients_find(scan->services->recipients, scan->pool, scan->session->rcpts[scan->rcpt], &by)) {
	case RECIPIENT_OFF: case RECIPIENT_KNOWN:
		return;
	case RECIPIENT_UNKNOWN:
		def = &found[UNKNOWN];
		break;
	case RECIPIENT_ELSEWHERE:
		if (trusted)
			return;
		def = &found[ELSEWHERE];
		break;
	case RECIPIENT_UNSURE:
		def = &found[UNCHECKED];
		break;
	case RECIPIENT_NO_ANSWER: case RECIPIENT_ANSWERS:
		def = rules->unanswered == UNANSWERED_ACCEPT ? &found[UNCHECKED] : &found[NO_ANSWER];
		break;
	}
	if (by.n)
		report_add(out, def, REPORT_NO_PART, "rcpt=%.*s by=%.*s", STR_ARG(to), STR_ARG(by));
	else
		report_add(out, def, REPORT_NO_PART, "rcpt=%.*s", STR_ARG(to));
}

static bool
has_unknown(const struct report *r, size_t from)
{
	for (size_t i = from; i < r->findings.n; i++)
		if (report_finding(r, i)->def == &found[UNKNOWN])
			return true;
	return false;
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	struct recipients_rules rules;
	bool trusted = is_trusted(scan);
	size_t before = out->findings.n;
	struct str client = STR_NONE;
	struct ip ip;
	int64_t n;

	(void)conf;
	if (!scan->services || !scan->services->recipients)
		return RC_OK;
	rules = recipients_rules(scan->services->recipients);
	if (!trusted && rules.harvest_max && ip_parse(scan->session->client_addr, &ip)) {
		client = greylist_network(scan->pool, &ip, rules.prefix4, rules.prefix6);
		n = unknown_so_far(scan, client, 0);
		if (n >= rules.harvest_max) {
			report_add(out, &found[rules.harvest_action == HARVEST_REJECT ? HARVEST : WAIT], REPORT_NO_PART,
			    "client=%.*s unknown=%lld", STR_ARG(client), (long long)n);
			return RC_OK;
		}
	}
	judge(scan, &rules, trusted, out);
	if (client.n && !scan->dry && has_unknown(out, before))
		(void)unknown_so_far(scan, client, 1);
	return RC_OK;
}

const struct check check_recipient = {
	.name = "recipient",
	.title = "Recipients that do not exist, and clients that guess who does",
	.source = "RFC 5321 3.5, 3.6.2 and 7.3",
	.phase = PHASE_RCPT,
	.place = PLACE_GATE,
	.found = found,
	.run = run,
};
