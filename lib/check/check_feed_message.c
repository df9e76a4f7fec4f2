/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What feeds say about what a message names: its author, where answers go, who signed, its files. */
#include "check/check.h"
#include "check/feed_find.h"
#include "message/addr.h"

enum { AUTHOR_DOMAIN, AUTHOR_ADDRESS, FILE_BAD };
enum { MAILBOXES = 20 };

static const struct finding_def found[] = {
	[AUTHOR_DOMAIN] = { "FEED_AUTHOR_DOMAIN", CLASS_REPUTATION, 100, true,
	    "A domain of From or Reply-To, or one that signed, is in a feed; class and points are the feed's." },
	[AUTHOR_ADDRESS] = { "FEED_AUTHOR", CLASS_REPUTATION, 100, true,
	    "A mailbox of From or Reply-To is in a feed; class and points are the feed's." },
	[FILE_BAD] = { "FEED_HASH", CLASS_MALWARE, 100, true,
	    "The SHA-256 of a part or of a file in it is in a feed; class and points are the feed's." },
	{ .name = NULL }
};

static void
look_at_mailboxes(const struct scan *scan, struct report *out, const char *role, struct str field)
{
	uint64_t defects = 0;
	struct addr_list list = addr_parse(scan->pool, scan->lim, field, &defects);

	for (size_t i = 0; i < list.n && i < MAILBOXES; i++) {
		struct str mailbox = list.item[i].text;

		feed_find_address(scan, out, role, mailbox, &found[AUTHOR_ADDRESS]);
		feed_find_domain(scan, out, role, str_from(mailbox, str_rchr(mailbox, '@') + 1), &found[AUTHOR_DOMAIN]);
	}
}

/* A domain that somebody else only wrote into a signature has done nothing. */
static void
look_at_signers(const struct scan *scan, struct report *out)
{
	const struct auth_facts *auth = scan->auth;

	for (size_t i = 0; auth && i < auth->n_dkim && i < AUTH_SIGNATURES; i++)
		if (auth->dkim[i].result == AUTH_PASS)
			feed_find_domain(scan, out, "dkim", auth->dkim[i].domain, &found[AUTHOR_DOMAIN]);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	(void)conf;
	look_at_mailboxes(scan, out, "from", out->from);
	look_at_mailboxes(scan, out, "reply_to", out->reply_to);
	look_at_signers(scan, out);
	for (size_t i = 0; i < out->parts.n; i++) {
		const struct report_part *p = report_part_at(out, i);

		if (p->hashed && p->size)
			feed_find_hash(scan, out, i, p->sha256, &found[FILE_BAD]);
	}
	return RC_OK;
}

const struct check check_feed_message = {
	.name = "feed_message",
	.title = "feeds of domains, mailboxes and files of a message",
	.source = "the operator's feeds, sekimori.conf(5)",
	.phase = PHASE_LOOKUP,
	.place = PLACE_GATE,
	.found = found,
	.run = run,
};
