/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/feed_find.h"

#include "base/idna.h"
#include "check/services.h"

static struct indicators *
table(const struct scan *scan)
{
	return scan->services ? scan->services->indicators : NULL;
}

/* A feed that allows keeps the others silent, indicators.h. */
static void
report_hits(const struct scan *scan, struct report *out, const char *role, size_t part,
    const struct indicator_hit *hit, size_t n, const struct finding_def *def)
{
	for (size_t i = 0; i < n; i++)
		if (!hit[i].allow)
			report_add_as(out, def, hit[i].class, hit[i].score, part, pool_printf(scan->pool,
			    "feed=%.*s entry=%.*s %s", STR_ARG(hit[i].source),
			    STR_ARG(str_upto(hit[i].entry, REPORT_EVIDENCE / 2)), role));
}

void
feed_find_ip(const struct scan *scan, struct report *out, const char *role, struct str addr, const struct finding_def *def)
{
	struct indicator_hit hit[INDICATOR_HITS];
	struct ip ip;

	if (ip_parse(addr, &ip))
		report_hits(scan, out, role, REPORT_NO_PART, hit,
		    indicators_find_ip(table(scan), scan->pool, &ip, hit), def);
}

static void
find(const struct scan *scan, struct report *out, const char *role, enum indicator_kind kind, struct str value,
    const struct finding_def *def)
{
	struct indicator_hit hit[INDICATOR_HITS];

	if (value.n && value.n <= FEED_FIND_BYTES)
		report_hits(scan, out, role, REPORT_NO_PART, hit,
		    indicators_find(table(scan), scan->pool, kind, value, hit), def);
}

void
feed_find_domain(const struct scan *scan, struct report *out, const char *role, struct str domain,
    const struct finding_def *def)
{
	if (table(scan) && domain.n <= FEED_FIND_BYTES)
		find(scan, out, role, INDICATOR_DOMAIN, idna_ascii(scan->pool, domain), def);
}

void
feed_find_address(const struct scan *scan, struct report *out, const char *role, struct str mailbox,
    const struct finding_def *def)
{
	size_t at = str_rchr(mailbox, '@');
	struct str domain;

	if (!table(scan) || at == STR_NPOS || mailbox.n > FEED_FIND_BYTES)
		return;
	domain = idna_ascii(scan->pool, str_from(mailbox, at + 1));
	find(scan, out, role, INDICATOR_ADDRESS,
	    pool_printf(scan->pool, "%.*s@%.*s", (int)at, mailbox.p, STR_ARG(domain)), def);
}

void
feed_find_hash(const struct scan *scan, struct report *out, size_t part, const unsigned char sha256[HASH_SHA256_BYTES],
    const struct finding_def *def)
{
	struct indicator_hit hit[INDICATOR_HITS];
	struct str digest = { (const char *)sha256, HASH_SHA256_BYTES };

	report_hits(scan, out, "sha256", part, hit,
	    indicators_find(table(scan), scan->pool, INDICATOR_HASH, digest, hit), def);
}
