/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Which sender group is this client in? The first line of the file that fits, as the operator put
 * them in order. What follows from the group is its flow policy: check_flow. */
#include "check/check.h"
#include "policy/groups.h"

enum { BLOCKED };

static const struct finding_def found[] = {
	[BLOCKED] = { "SENDER_BLOCKED", CLASS_BLOCKED, 100, false,
	    "The client is in a sender group with the policy BLOCKED.",
	    .reply = { "54", "7.1", "Your access to this mail system is blocked" } },
	{ .name = NULL }
};

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct senders_conf *c = conf;
	const struct group_facts facts = { .session = scan->session, .standing = scan->standing, .auth = scan->auth };
	const struct group *g = groups_match(&c->groups, &facts);

	if (scan->standing) {
		scan->standing->group = g ? g->name : STR_NONE;
		scan->standing->flow = g ? g->flow : FLOW_NONE;
	}
	if (g && g->flow == FLOW_BLOCKED)
		report_add(out, &found[BLOCKED], REPORT_NO_PART, "group=%.*s ip=%.*s", STR_ARG(g->name),
		    STR_ARG(scan->session->client_addr));
	return RC_OK;
}

const struct check check_group = {
	.name = "group",
	.title = "The sender group that the client is in",
	.source = "sekimori.conf(5), SENDER GROUPS",
	.phase = PHASE_MAIL,
	.place = PLACE_GATE,
	.opts = &senders_table,
	.found = found,
	.run = run,
};
