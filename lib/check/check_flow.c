/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The flow policy of the client's group, as far as MAIL shows it: who may send at all, how often at
 * once, how much over one connection, and what its message says of its size. */
#include "check/check.h"
#include "policy/flow.h"

enum { BLOCKED, CONNECTIONS, MESSAGES, SIZE, AUTH, TLS };

/* RFC 5321 3.8 and 4.2.3 (421 closes the connection), RFC 1870 6.1 (552), RFC 4954 6 (530),
 * RFC 3207 4 (530), RFC 5321 3.8 (554: nothing is wanted from this client). */
static const struct finding_def found[] = {
	[BLOCKED] = { "SENDER_BLOCKED", CLASS_BLOCKED, 100, false,
	    "The client is in a sender group with the policy BLOCKED.",
	    .reply = { "54", "7.1", "Your access to this mail system is blocked" } },
	[CONNECTIONS] = { "FLOW_CONNECTIONS", CLASS_FLOW, 100, false,
	    "The client has more connections open than its flow policy allows.",
	    .reply = { "21", "7.0", "Too many connections at once" } },
	[MESSAGES] = { "FLOW_MESSAGES", CLASS_FLOW, 100, false,
	    "More messages over one connection than the flow policy allows.",
	    .reply = { "21", "7.0", "Too many messages over this connection" } },
	[SIZE] = { "FLOW_SIZE_DECLARED", CLASS_BLOCKED, 100, false,
	    "MAIL declares a larger message than the flow policy allows.",
	    .reply = { "52", "3.4", "Message is too large" } },
	[AUTH] = { "FLOW_AUTH", CLASS_BLOCKED, 100, false,
	    "The flow policy wants this client to log in, and it has not.",
	    .reply = { "30", "7.0", "Authentication required" } },
	[TLS] = { "FLOW_TLS", CLASS_BLOCKED, 100, false,
	    "The flow policy wants an encrypted connection, and this one is not.",
	    .reply = { "30", "7.0", "Must issue a STARTTLS command first" } },
	{ .name = NULL }
};

struct side {
	const struct flow_policy *policy;
	struct report *out;
};

/* long long for the format; `most` 0: no limit. */
static bool
exceeds(uint64_t n, int64_t most)
{
	return most > 0 && n > (uint64_t)most;
}

static void
tell(const struct side *s, const struct finding_def *def, const char *what, uint64_t n, int64_t most)
{
	report_add(s->out, def, REPORT_NO_PART, "%s=%llu max=%lld", what, (unsigned long long)n, (long long)most);
	if (s->policy->text.n)
		report_quote(s->out, def, s->policy->text);
}

static void
tell_blocked(const struct side *side, struct str group, struct str addr)
{
	report_add(side->out, &found[BLOCKED], REPORT_NO_PART, "group=%.*s ip=%.*s", STR_ARG(group), STR_ARG(addr));
	if (side->policy->text.n)
		report_quote(side->out, &found[BLOCKED], side->policy->text);
}

/* Login and encryption; behind a relay of ours as far as its Received field tells them. */
static void
judge_protocol(const struct session *s, bool relay, const struct side *side)
{
	const struct flow_policy *p = side->policy;
	bool login = s->auth_user.n || s->relay_login, told = !relay || s->relay_told;

	if (p->auth && told && !login)
		tell(side, &found[AUTH], "authenticated", 0, 1);
	if (p->tls && told && s->tls_version.n == 0)
		tell(side, &found[TLS], "encrypted", 0, 1);
}

/* A relay of ours has its own connections: how many the client has to it, nobody tells. */
static void
judge_connection(const struct session *s, const struct side *side)
{
	const struct flow_policy *p = side->policy;

	if (exceeds(s->connections, p->connections))
		tell(side, &found[CONNECTIONS], "connections", s->connections, p->connections);
	if (exceeds(s->messages + UINT64_C(1), p->messages))
		tell(side, &found[MESSAGES], "messages", s->messages + UINT64_C(1), p->messages);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct flow_conf *c = conf;
	const struct session *s = scan->session;
	struct side side = { .out = out };

	if (!scan->standing || scan->standing->flow == FLOW_NONE)
		return RC_OK;
	side.policy = &c->policy[scan->standing->flow];
	if (scan->standing->flow == FLOW_BLOCKED)
		tell_blocked(&side, scan->standing->group, s->client_addr);
	if (!scan->standing->relay && s->client_addr.n)
		judge_connection(s, &side);
	if (s->client_addr.n)
		judge_protocol(s, scan->standing->relay, &side);
	if (exceeds(s->size_declared, side.policy->size))
		tell(&side, &found[SIZE], "size", s->size_declared, side.policy->size);
	if (side.policy->checks == FLOW_CHECKS_MALWARE) {
		report_mute(out, CLASS_REPUTATION);
		report_mute(out, CLASS_SPAM);
		report_mute(out, CLASS_BULK);
	}
	return RC_OK;
}

const struct check check_flow = {
	.name = "flow",
	.title = "Connections, messages, login, encryption and declared size by the flow policy",
	.source = "RFC 5321 4.2.3, RFC 1870, RFC 3207, RFC 4954",
	.phase = PHASE_MAIL,
	.place = PLACE_GATE,
	.opts = &flow_table,
	.found = found,
	.run = run,
};
