/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/ascii.h"
#include "recipient/recipients.h"

#define AT(field) .offset = offsetof(struct recipients_conf, field)
#define DAY (24 * 3600 * 1000LL)

static const char *const unanswered_words[] = { "accept", "tempfail", NULL };
static const char *const harvest_words[] = { "reject", "defer", NULL };

static const struct opt opts[] = {
	{ .name = "domains", .type = OPT_LIST, AT(domains), .def = "",
	  .value_help = "list of domains, .domains and TYPE:FILE",
	  .help = "Domains that mail is accepted for; .example.org stands for all below example.org. Tables have such names as keys. Empty: recipients are not looked at. Recipients elsewhere are refused, but for authenticated and trusted clients and this machine." },
	{ .name = "maps", .type = OPT_LIST, AT(maps), .def = "", .value_help = "list of TYPE:FILE",
	  .help = "Tables of the recipients in these domains; the first that knows one decides. Types: file (one address a line), texthash, hash, btree, cdb, lmdb (Postfix tables, made by postmap; without the ending of the file), aliases (text), sqlite and ldap (the files of sqlite_table(5) and ldap_table(5)). Keys are looked up in this order: user+ext@domain, user@domain, @domain. A value @other.domain is followed. Empty: all addresses of the domains exist, unless the next server is asked." },
	{ .name = "local_domains", .type = OPT_LIST, AT(local_domains), .def = "",
	  .value_help = "list of domains and .domains",
	  .help = "Domains in which a name alone, such as a key of aliases(5), is a recipient, as in mydestination of Postfix: before @domain, user+ext and user are looked up." },
	{ .name = "delimiter", .type = OPT_TEXT, AT(delimiter), .def = "+", .min = 0, .max = 8,
	  .help = "The first of these characters ends the user's name, the rest is an extension: recipient_delimiter of Postfix. Empty: there are none." },
	{ .name = "always", .type = OPT_LIST, AT(always), .def = "postmaster@",
	  .value_help = "list of user@domain and user@",
	  .help = "Recipients that exist whatever the tables say. RFC 5321 wants postmaster to be one." },
	{ .name = "callahead", .type = OPT_LIST, AT(callahead), .def = "",
	  .value_help = "list of DOMAIN=HOST, DOMAIN=HOST:PORT, *=HOST",
	  .help = "Mail servers that are asked, by a beginning of a mail that is not sent, about recipients of these domains that no table knows. One that takes every address is noticed and left alone." },
	{ .name = "helo", .type = OPT_TEXT, AT(helo), .def = "localhost", .min = 1, .max = 255,
	  .help = "The name that is said to them." },
	{ .name = "unanswered", .type = OPT_ENUM, AT(rules.unanswered), .words = unanswered_words, .def = "accept",
	  .help = "What a recipient is when no answer could be had: accept notes it, tempfail asks the client to come again." },
	{ .name = "deadline_ms", .type = OPT_MSEC, AT(deadline_ms), .def = "5s", .min = 50, .max = 60000,
	  .help = "How long one recipient waits for all of its answers together." },
	{ .name = "threads", .type = OPT_INT, AT(threads), .def = "4", .min = 1, .max = 100,
	  .help = "Connections to each directory and each server." },
	{ .name = "positive_ms", .type = OPT_MSEC, AT(positive_ms), .def = "1h", .min = 0, .max = 30 * DAY,
	  .help = "How long it is remembered that a server knows a recipient. While it does not answer, a day more." },
	{ .name = "negative_ms", .type = OPT_MSEC, AT(negative_ms), .def = "5m", .min = 0, .max = 30 * DAY,
	  .help = "How long it is remembered that a server does not know a recipient." },
	{ .name = "cache", .type = OPT_INT, AT(cache), .def = "65536", .min = 8, .max = 16777216,
	  .help = "Answers of each server that are remembered, of 32 bytes." },
	{ .name = "retry_ms", .type = OPT_MSEC, AT(retry_ms), .def = "30s", .min = 100, .max = DAY,
	  .help = "How long a server is left alone after three failures in a row." },
	{ .name = "catchall_ms", .type = OPT_MSEC, AT(catchall_ms), .def = "1h", .min = 1000, .max = 30 * DAY,
	  .help = "How long it is remembered whether the next server takes every address of a domain." },
	{ .name = "entries_max", .type = OPT_INT, AT(entries_max), .def = "5000000", .min = 1, .max = 100000000,
	  .help = "Entries of a table that is read as a whole." },
	{ .name = "poll_ms", .type = OPT_MSEC, AT(poll_ms), .def = "5s", .min = 0, .max = DAY,
	  .help = "How often files are looked at; those that changed are read again, and serve if they are good. 0: at a reload only." },
	{ .name = "harvest_max", .type = OPT_INT, AT(rules.harvest_max), .def = "25", .min = 0, .max = 1000000,
	  .help = "So many unknown recipients may one client name in an hour; after that it gets nothing through. 0: any number. Authenticated and trusted clients and this machine are not counted." },
	{ .name = "harvest_action", .type = OPT_ENUM, AT(rules.harvest_action), .words = harvest_words,
	  .def = "reject",
	  .help = "With reject, each further recipient is refused (finding HARVESTING); with defer, the connection ends with 421 (finding HARVEST_WAIT)." },
	{ .name = "ipv4_prefix", .type = OPT_INT, AT(rules.prefix4), .def = "32", .min = 8, .max = 32,
	  .help = "Clients with this many bits of their IPv4 address in common are counted as one." },
	{ .name = "ipv6_prefix", .type = OPT_INT, AT(rules.prefix6), .def = "64", .min = 16, .max = 128,
	  .help = "Clients with this many bits of their IPv6 address in common are counted as one." },
	OPT_END
};

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum((unsigned char)s.p[i]) && !strchr("-._", s.p[i]))
			return false;
	return s.n > 0;
}

/* values as a whole: a table without a domain to use it for is a mistake. */
static enum rc
check(const void *values, struct buf *why)
{
	const struct recipients_conf *c = values;
	size_t before = why->n;

	if (!c->domains.n && (c->maps.n || c->callahead.n))
		buf_adds(why,
		    "recipients.domains is empty, so recipients.maps and recipients.callahead serve nobody; ");
	if (!is_name(c->helo))
		buf_adds(why, "recipients.helo is no host name; ");
	for (size_t i = 0; i < c->delimiter.n; i++)
		if (!ascii_is_print((unsigned char)c->delimiter.p[i]) || strchr("@\"\\. ", c->delimiter.p[i]))
			buf_printf(why, "recipients.delimiter: '%c' cannot be one; ", c->delimiter.p[i]);
	if (why->n > before)
		why->n -= 2;
	return why->n == before ? RC_OK : RC_BAD;
}

const struct opt_table recipients_table = {
	.prefix = "recipients.",
	.title = "Recipients",
	.size = sizeof(struct recipients_conf),
	.opts = opts,
	.check = check,
};
