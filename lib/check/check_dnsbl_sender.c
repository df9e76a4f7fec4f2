/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What DNS lists say about the domains that a sender names: its HELO, its host name, MAIL FROM. */
#include "check/dnsbl_find.h"

enum { LISTED, GOOD };
enum { DOMAINS = 3 };

static const struct finding_def found[] = {
	[LISTED] = { "DNSBL_SENDER", CLASS_REPUTATION, 50, true,
	    "A domain that the sender goes by is on a DNS list; class and points are those of the list's answer.",
	    { "50", "7.1", "A domain of the sender is on a block list" } },
	[GOOD] = { "DNSBL_SENDER_GOOD", CLASS_REPUTATION, -50, true,
	    "The verified host name of the client is on a DNS list of good senders; its points are taken off." },
	{ .name = NULL }
};

static void
add(struct dnsbl_item *list, size_t *n, struct str domain, enum dnsbl_use use)
{
	for (size_t i = 0; i < *n; i++) {
		if (str_eq_nocase(list[i].what, domain)) {
			list[i].uses |= DNSBL_AS(use);
			return;
		}
	}
	list[(*n)++] = (struct dnsbl_item){ domain, DNSBL_AS(use), 0 };
}

static size_t
items(const struct scan *scan, struct dnsbl_item out[DOMAINS])
{
	const struct session *s = scan->session;
	size_t n = 0;

	if (!dnsbl_is_stranger(s))
		return 0;
	add(out, &n, s->client_name, DNSBL_PTR);
	add(out, &n, s->helo, DNSBL_HELO);
	add(out, &n, str_from(s->mail_from, str_rchr(s->mail_from, '@') + 1), DNSBL_MAIL_FROM);
	return n;
}

static void
want(const struct scan *scan, const void *conf)
{
	struct dnsbl_item item[DOMAINS];
	size_t n = items(scan, item);

	(void)conf;
	for (size_t i = 0; i < n; i++)
		dnsbl_ask(scan, &item[i]);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	struct dnsbl_item item[DOMAINS];
	size_t n = items(scan, item);

	(void)conf;
	for (size_t i = 0; i < n; i++)
		dnsbl_find(scan, out, &item[i], REPORT_NO_PART, &found[LISTED], &found[GOOD]);
	return RC_OK;
}

const struct check check_dnsbl_sender = {
	.name = "dnsbl_sender",
	.title = "DNS lists of domains: HELO, host name, MAIL FROM",
	.source = "RFC 5782 2.2; rules/lists/dns_lists.conf",
	.phase = PHASE_MAIL,
	.place = PLACE_GATE,
	.found = found,
	.want = want,
	.run = run,
};
