/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Recipients by the flow policy of the client's group: of one message, and in the last hour of the
 * client and of the envelope sender. Who is turned away is not counted, so that it gets through
 * once its hour is over.
 *
 * Who is behind a trusted relay is known at the end of the message only: all of its recipients are
 * counted then. It passes when the hour had room for one, or a message to many never would. How many
 * of the client's recipients are in one message there is the relay's doing. */
#include "base/clock.h"
#include "check/check.h"
#include "check/services.h"
#include "policy/flow.h"

enum { RCPTS, CLIENT_RATE, SENDER_RATE };
enum { HOUR_MS = 3600 * 1000 };

/* RFC 5321 4.5.3.1.10: 452, the client sends to the others later. */
static const struct finding_def found[] = {
	[RCPTS] = { "FLOW_RCPTS", CLASS_FLOW, 100, false,
	    "A message has more recipients than the flow policy allows.",
	    .reply = { "52", "5.3", "Too many recipients" } },
	[CLIENT_RATE] = { "FLOW_RCPT_RATE", CLASS_FLOW, 100, false,
	    "The client has had more recipients in an hour than the flow policy allows.",
	    .reply = { "52", "5.3", "Too many recipients in this hour" } },
	[SENDER_RATE] = { "FLOW_SENDER_RATE", CLASS_FLOW, 100, false,
	    "The envelope sender has had more recipients in an hour than the flow policy allows.",
	    .reply = { "52", "5.3", "Too many recipients of this sender in this hour" } },
	{ .name = NULL }
};

/* One rate: what is counted, and its limit. */
struct rate {
	const char *kind;
	struct str name;
	int64_t most;
	const struct finding_def *def;
};

enum { RATES = 2 };

static size_t
rates_of(const struct scan *scan, const struct flow_policy *p, struct rate out[RATES])
{
	const struct session *s = scan->session;
	struct ip ip;
	size_t n = 0;

	if (p->recipients_hour > 0 && ip_parse(s->client_addr, &ip))
		out[n++] = (struct rate){ "flow/client", flow_client(scan->pool, p, &ip), p->recipients_hour,
		    &found[CLIENT_RATE] };
	/* Bounces come from everywhere: the null sender is nobody's account. */
	if (p->sender_hour > 0 && s->mail_from.n)
		out[n++] = (struct rate){ "flow/sender", pool_lower(scan->pool, s->mail_from), p->sender_hour,
		    &found[SENDER_RATE] };
	return n;
}

/* Read all, and count only what is within all limits. Recipients at the same moment may both be
 * counted where one was left: of no harm. */
static void
judge_rates(const struct scan *scan, const struct flow_policy *p, struct report *out)
{
	struct rate rates[RATES];
	struct counter_op ops[RATES];
	size_t n = rates_of(scan, p, rates);
	int64_t rcpts = scan->standing->relay ? (int64_t)scan->session->n_rcpts : 1, now = clock_wall_ms();
	bool within = true;

	if (n == 0 || !scan->services || !scan->services->counters)
		return;
	for (size_t i = 0; i < n; i++)
		ops[i] = (struct counter_op){ .type = COUNT_RATE, .kind = rates[i].kind, .name = rates[i].name,
		    .window_ms = HOUR_MS };
	counters_run(scan->services->counters, now, ops, n);
	for (size_t i = 0; i < n; i++) {
		if (ops[i].count < rates[i].most)
			continue;
		within = false;
		report_add(out, rates[i].def, REPORT_NO_PART, "%.*s recipients=%lld max=%lld",
		    STR_ARG(str_upto(rates[i].name, COUNTER_KEY)), (long long)ops[i].count + (long long)rcpts,
		    (long long)rates[i].most);
		if (p->text.n)
			report_quote(out, rates[i].def, p->text);
	}
	for (size_t i = 0; i < n; i++)
		ops[i].add = rcpts;
	if (within && !scan->dry)
		counters_run(scan->services->counters, now, ops, n);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct flow_conf *c = conf;
	const struct flow_policy *p;

	if (!scan->standing || scan->standing->flow == FLOW_NONE)
		return RC_OK;
	p = &c->policy[scan->standing->flow];
	/* Once for a message: a recipient that is refused leaves its place to the next. */
	if (p->recipients == 0 || scan->rcpt != (size_t)p->recipients || scan->standing->relay) {
		judge_rates(scan, p, out);
		return RC_OK;
	}
	report_add(out, &found[RCPTS], REPORT_NO_PART, "max=%lld", (long long)p->recipients);
	if (p->text.n)
		report_quote(out, &found[RCPTS], p->text);
	return RC_OK;
}

const struct check check_flow_rcpt = {
	.name = "flow_rcpt",
	.title = "Recipients of a message and of an hour by the flow policy",
	.source = "RFC 5321 4.5.3.1.10, RFC 3463 3.6",
	.phase = PHASE_RCPT,
	.place = PLACE_GATE,
	.opts = &flow_table,
	.found = found,
	.run = run,
};
