/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What feeds say about the address of the client. */
#include "check/feed_find.h"
#include "check/check.h"

enum { LISTED };

static const struct finding_def found[] = {
	[LISTED] = { "FEED_IP", CLASS_REPUTATION, 100, true,
	    "The client's address is in a feed; class and points are the feed's.",
	    { "50", "7.1", "The address of the sending server is on a block list" } },
	{ .name = NULL }
};

/* Who logged in is one of ours, wherever from. */
static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	(void)conf;
	if (scan->session->auth_user.n == 0)
		feed_find_ip(scan, out, "client", scan->session->client_addr, &found[LISTED]);
	return RC_OK;
}

const struct check check_feed_client = {
	.name = "feed_client",
	.title = "feeds of client addresses",
	.source = "the operator's feeds, sekimori.conf(5)",
	.phase = PHASE_CONNECT,
	.place = PLACE_GATE,
	.found = found,
	.run = run,
};
