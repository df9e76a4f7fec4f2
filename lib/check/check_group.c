/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Which sender group is this client in? The first line of the file that fits, as the operator put
 * them in order. What follows from the group is its flow policy: check_flow. */
#include "check/check.h"
#include "policy/groups.h"

enum { UNKNOWN };

static const struct finding_def found[] = {
	[UNKNOWN] = { "RELAY_ORIGIN_UNKNOWN", CLASS_INFO, 0, false,
	    "The message came through a trusted relay, and its Received fields do not tell "
	    "from whom: nobody's reputation counts." },
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
	if (scan->standing && scan->standing->relay && scan->session->client_addr.n == 0)
		report_add(out, &found[UNKNOWN], REPORT_NO_PART, "from=%.*s",
		    STR_ARG(str_upto(scan->session->mail_from, 200)));
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
