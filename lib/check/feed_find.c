/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/feed_find.h"

#include "base/idna.h"
#include "check/services.h"

static struct indicators *
table(const struct scan *scan)
{
	return scan->services ? scan->services->indicators : NULL;
}

static struct str
evidence(struct pool *pool, const struct indicator_hit *hit, const char *role)
{
	return pool_printf(pool, "feed=%.*s entry=%.*s %s", STR_ARG(hit->source),
	    STR_ARG(str_upto(hit->entry, REPORT_EVIDENCE / 2)), role);
}

/* A feed that allows keeps the others silent, indicators.h. */
static void
report_hits(const struct scan *scan, struct report *out, const char *role, size_t part,
    const struct indicator_hit *hit, size_t n, const struct finding_def *def)
{
	for (size_t i = 0; i < n; i++)
		if (!hit[i].allow)
			report_add_as(out, def, hit[i].class, hit[i].score, part, evidence(scan->pool, &hit[i], role));
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

static bool
was_said(const struct report *r, const struct finding_def *def, struct str evidence)
{
	for (size_t i = 0; i < r->findings.n; i++)
		if (report_finding(r, i)->def == def && str_eq(report_finding(r, i)->evidence, evidence))
			return true;
	return false;
}

void
feed_find_url(const struct scan *scan, struct report *out, const char *role, size_t part, struct str url,
    const struct finding_def *def)
{
	struct indicator_hit hit[INDICATOR_HITS];
	struct url u;
	size_t n;

	if (!table(scan) || url_parse(scan->pool, url, NULL, &u) != RC_OK || !url_is_web(&u))
		return;
	n = indicators_find_url(table(scan), scan->pool, &u, hit);
	/* A feed that allows keeps the others silent here, too. */
	for (size_t i = 0; i < n; i++)
		if (!hit[i].allow && !was_said(out, def, evidence(scan->pool, &hit[i], role)))
			report_hits(scan, out, role, part, &hit[i], 1, def);
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
