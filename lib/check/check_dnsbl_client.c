/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What DNS lists say about the address of the client. */
#include "check/dnsbl_find.h"

enum { LISTED, GOOD };

static const struct finding_def found[] = {
	[LISTED] = { "DNSBL_CLIENT", CLASS_REPUTATION, 50, true,
	    "The client's address is on a DNS list; class and points are those of the list's answer.",
	    { "50", "7.1", "The address of the sending server is on a block list" } },
	[GOOD] = { "DNSBL_CLIENT_GOOD", CLASS_REPUTATION, -50, true,
	    "The client's address is on a DNS list of good senders; its points are taken off." },
	{ .name = NULL }
};

static bool
item_of(const struct scan *scan, struct dnsbl_item *out)
{
	*out = (struct dnsbl_item){ scan->session->client_addr, DNSBL_AS(DNSBL_CLIENT), 0 };
	return dnsbl_is_stranger(scan->session);
}

static void
want(const struct scan *scan, const void *conf)
{
	struct dnsbl_item item;

	(void)conf;
	if (item_of(scan, &item))
		dnsbl_ask(scan, &item);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	struct dnsbl_item item;

	(void)conf;
	if (item_of(scan, &item))
		dnsbl_find(scan, out, &item, REPORT_NO_PART, &found[LISTED], &found[GOOD]);
	return RC_OK;
}

const struct check check_dnsbl_client = {
	.name = "dnsbl_client",
	.title = "DNS lists of client addresses",
	.source = "RFC 5782; rules/lists/dns_lists.conf",
	.phase = PHASE_CONNECT,
	.place = PLACE_GATE,
	.found = found,
	.want = want,
	.run = run,
};
