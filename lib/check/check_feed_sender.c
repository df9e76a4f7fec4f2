/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What feeds say about the domains that a sender names, and about its mailbox. */
#include "check/feed_find.h"
#include "check/check.h"

enum { DOMAIN, ADDRESS };

static const struct finding_def found[] = {
	[DOMAIN] = { "FEED_DOMAIN", CLASS_REPUTATION, 100, true,
	    "The HELO, the host name or the domain of MAIL FROM is in a feed; class and points are the feed's.",
	    { "50", "7.1", "A domain of the sender is on a block list" } },
	[ADDRESS] = { "FEED_ADDRESS", CLASS_REPUTATION, 100, true,
	    "The sender's mailbox is in a feed; class and points are the feed's.",
	    { "50", "7.1", "The sender is on a block list" } },
	{ .name = NULL }
};

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct session *s = scan->session;
	struct str domain = str_from(s->mail_from, str_rchr(s->mail_from, '@') + 1);

	(void)conf;
	if (s->auth_user.n == 0) {
		feed_find_domain(scan, out, "ptr", s->client_name, &found[DOMAIN]);
		if (!str_eq_nocase(s->helo, s->client_name))
			feed_find_domain(scan, out, "helo", s->helo, &found[DOMAIN]);
	}
	if (s->mail_from.n == 0)
		return RC_OK;
	feed_find_domain(scan, out, "mail_from", domain, &found[DOMAIN]);
	feed_find_address(scan, out, "mail_from", s->mail_from, &found[ADDRESS]);
	return RC_OK;
}

const struct check check_feed_sender = {
	.name = "feed_sender",
	.title = "feeds of domains and mailboxes: HELO, host name, MAIL FROM",
	.source = "the operator's feeds, sekimori.conf(5)",
	.phase = PHASE_MAIL,
	.place = PLACE_GATE,
	.found = found,
	.run = run,
};
