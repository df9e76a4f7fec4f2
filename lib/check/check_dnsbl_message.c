/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What DNS lists say about what a message names: the domains of its author and signers, the hosts of
 * its links, its mailboxes and files. It runs behind the worker, which found them. */
#include "check/dnsbl_find.h"
#include "check/link_targets.h"
#include "message/addr.h"

enum { AUTHOR, SIGNER_GOOD, LINK, ADDRESS, FILE_BAD };
/* LINKS: as many as links.judged may be. */
enum { LINKS = 200, ADDRESSES = 6, FILES = 16, ITEMS = 1 + AUTH_SIGNATURES + LINKS + ADDRESSES + FILES };

static const struct finding_def found[] = {
	[AUTHOR] = { "DNSBL_AUTHOR", CLASS_REPUTATION, 50, true,
	    "The domain of From, or one that signed, is on a DNS list; class and points are the list's." },
	[SIGNER_GOOD] = { "DNSBL_SIGNER_GOOD", CLASS_REPUTATION, -50, true,
	    "A domain whose signature is valid is on a DNS list of good senders; its points are taken off." },
	[LINK] = { "DNSBL_LINK", CLASS_SPAM, 50, true,
	    "The host of a link is on a DNS list; class and points are the list's." },
	[ADDRESS] = { "DNSBL_ADDRESS", CLASS_SPAM, 50, true,
	    "A mailbox of the sender is on a DNS list of hashed addresses; class and points are the list's." },
	[FILE_BAD] = { "DNSBL_FILE", CLASS_MALWARE, 100, true,
	    "The digest of a file is on a DNS list; class and points are the list's." },
	{ .name = NULL }
};

struct items {
	struct dnsbl_item item[ITEMS];
	size_t part[ITEMS];
	size_t n;
};

static void
add(struct items *all, struct str what, enum dnsbl_use use, size_t part)
{
	for (size_t i = 0; i < all->n; i++) {
		if (str_eq_nocase(all->item[i].what, what)) {
			all->item[i].uses |= DNSBL_AS(use);
			return;
		}
	}
	if (what.n == 0 || all->n == ITEMS)
		return;
	all->part[all->n] = part;
	all->item[all->n++] = (struct dnsbl_item){ what, DNSBL_AS(use), 0 };
}

static struct str
host_of(struct str mailbox)
{
	return str_from(mailbox, str_rchr(mailbox, '@') + 1);
}

/* The domains that the lists of the sender were asked about at MAIL. */
static void
note_earlier(const struct session *s, struct items *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct dnsbl_item *item = &all->item[i];

		if (str_eq_nocase(item->what, s->client_name))
			item->before |= DNSBL_AS(DNSBL_PTR);
		if (str_eq_nocase(item->what, s->helo))
			item->before |= DNSBL_AS(DNSBL_HELO);
		if (s->mail_from.n && str_eq_nocase(item->what, host_of(s->mail_from)))
			item->before |= DNSBL_AS(DNSBL_MAIL_FROM);
	}
}

/* Only what signed is named by a signature. */
static void
add_signers(const struct auth_facts *auth, struct items *all)
{
	for (size_t i = 0; auth && i < auth->n_dkim && i < AUTH_SIGNATURES; i++)
		if (auth->dkim[i].result == AUTH_PASS)
			add(all, auth->dkim[i].domain, DNSBL_DKIM, REPORT_NO_PART);
}

/* Which of them are asked about: link_targets.h. */
static void
add_links(const struct link_targets *links, struct items *all)
{
	for (size_t i = 0; links && i < links->n_hosts && links->host[i].asked; i++)
		add(all, links->host[i].name, DNSBL_LINK, links->host[i].part);
}

static void
add_mailboxes(const struct scan *scan, struct str text, struct items *all)
{
	uint64_t defects = 0;
	struct addr_list list = addr_parse(scan->pool, scan->lim, text, &defects);

	for (size_t i = 0; i < list.n && i < ADDRESSES / 2; i++)
		add(all, list.item[i].text, DNSBL_ADDRESS, REPORT_NO_PART);
}

/* Texts differ from message to message; files are what is sent again. */
static void
add_files(const struct report *r, struct items *all)
{
	size_t files = 0;

	for (size_t i = 0; i < r->parts.n && files < FILES; i++) {
		const struct report_part *p = report_part_at(r, i);

		if (!p->hashed || p->size == 0 || (str_starts(p->type, STR("text/")) && p->name.n == 0))
			continue;
		files++;
		add(all, (struct str){ (const char *)p->sha256, sizeof(p->sha256) }, DNSBL_FILE, i);
	}
}

static void
collect(const struct scan *scan, const struct report *r, struct items *all)
{
	const struct session *s = scan->session;

	all->n = 0;
	add_signers(scan->auth, all);
	add_files(r, all);
	add_links(scan->links, all);
	if (!dnsbl_is_stranger(s))
		return;			/* our own users, but what they send is looked at */
	add(all, r->from_domain, DNSBL_FROM, REPORT_NO_PART);
	add_mailboxes(scan, r->from, all);
	add_mailboxes(scan, r->reply_to, all);
	if (s->mail_from.n)
		add(all, s->mail_from, DNSBL_ADDRESS, REPORT_NO_PART);
	note_earlier(s, all);
}

static void
want(const struct scan *scan, const void *conf)
{
	struct items *all = pool_alloc(scan->pool, sizeof(*all));

	(void)conf;
	collect(scan, scan->found, all);
	for (size_t i = 0; i < all->n; i++)
		dnsbl_ask(scan, &all->item[i]);
}

static const struct finding_def *
row_of(const struct dnsbl_item *item)
{
	if (item->uses & DNSBL_AS(DNSBL_FILE))
		return &found[FILE_BAD];
	if (item->uses & DNSBL_AS(DNSBL_ADDRESS))
		return &found[ADDRESS];
	if (item->uses & (DNSBL_AS(DNSBL_FROM) | DNSBL_AS(DNSBL_DKIM)))
		return &found[AUTHOR];
	return &found[LINK];
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	struct items *all = pool_alloc(scan->pool, sizeof(*all));

	(void)conf;
	collect(scan, out, all);
	for (size_t i = 0; i < all->n; i++)
		dnsbl_find(scan, out, &all->item[i], all->part[i], row_of(&all->item[i]), &found[SIGNER_GOOD]);
	return RC_OK;
}

const struct check check_dnsbl_message = {
	.name = "dnsbl_message",
	.title = "DNS lists of domains, links, mailboxes and files of a message",
	.source = "RFC 5782; rules/lists/dns_lists.conf",
	.phase = PHASE_LOOKUP,
	.place = PLACE_GATE,
	.found = found,
	.want = want,
	.run = run,
};
