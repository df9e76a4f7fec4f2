/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/link_judge.h"

#include "check/dnsbl.h"
#include "check/services.h"
#include "link/lookalike.h"
#include "link/unwrap.h"

static const char *const names[LINK_VERDICTS] = { [LINK_TRUSTED] = "trusted", [LINK_CLEAN] = "clean",
	[LINK_UNJUDGED] = "unjudged", [LINK_SUSPICIOUS] = "suspicious", [LINK_BAD] = "bad" };

/* What nobody writes who wants to be understood. */
static const uint32_t suspicious = URL_BACKSLASH | URL_NUMERIC_HOST | URL_MAPPED_ADDRESS | URL_FULLWIDTH |
    URL_PERCENT_HOST | URL_ZERO_WIDTH | URL_BIDI | URL_MIXED_SCRIPT;

const char *
link_verdict_name(enum link_verdict v)
{
	return v < LINK_VERDICTS ? names[v] : "";
}

/* The innermost URL of a text. */
static bool
innermost(struct pool *pool, struct str text, struct url *out)
{
	struct url u;
	struct str by;

	if (url_parse(pool, text, NULL, &u) != RC_OK)
		return false;
	(void)unwrap(pool, NULL, &u, out, &by);
	return url_is_web(out);
}

static enum link_verdict
verdict_of(enum class class)
{
	return class == CLASS_MALWARE || class == CLASS_PHISHING || class == CLASS_CAMPAIGN || class == CLASS_BLOCKED ?
	    LINK_BAD : LINK_SUSPICIOUS;
}

static void
worse(struct link_opinion *o, enum link_verdict v, struct str why)
{
	if (v > o->verdict)
		*o = (struct link_opinion){ v, why };
}

/* True: a feed trusts it, and there is no more to ask. */
static bool
ask_feeds(const struct services *s, struct pool *pool, const struct url *u, struct link_opinion *out)
{
	struct indicator_hit hit[INDICATOR_HITS];
	size_t n = indicators_find_url(s->indicators, pool, u, hit);

	for (size_t i = 0; i < n; i++) {
		if (hit[i].allow) {
			*out = (struct link_opinion){ LINK_TRUSTED, hit[i].source };
			return true;
		}
		worse(out, verdict_of(hit[i].class), hit[i].source);
	}
	return false;
}

static struct dnsbl_item
item_of(struct pool *pool, const struct url *u)
{
	struct ip ip;

	return (struct dnsbl_item){ .what = url_address(u, &ip) ? ip_text(pool, &ip) : u->host,
	    .uses = DNSBL_AS(DNSBL_LINK) };
}

static void
ask_lists(const struct services *s, struct dns_batch *dns, struct pool *pool, const struct url *u,
    struct link_opinion *out)
{
	struct dnsbl_item item = item_of(pool, u);
	struct dnsbl_hit hit[DNSBL_HITS];
	size_t n = dnsbl_look(s->dnsbl, dns, pool, &item, hit);

	for (size_t i = 0; i < n; i++)
		if (!hit[i].allow)
			worse(out, verdict_of(hit[i].class), hit[i].list);
}

/* That nothing is known says something only when somebody was asked who would know, and answered. */
static bool
was_answered(const struct services *s, struct dns_batch *dns, struct pool *pool, const struct url *u)
{
	struct dnsbl_item item = item_of(pool, u);
	enum dnsbl_heard lists = s->dnsbl && dns ? dnsbl_heard(s->dnsbl, dns, pool, &item) : DNSBL_NOBODY;
	struct indicators_status feeds;

	if (lists != DNSBL_NOBODY)
		return lists == DNSBL_ANSWER;
	indicators_status(s->indicators, &feeds);
	return feeds.entries > 0;
}

static void
look(struct pool *pool, const struct url *u, struct link_opinion *out)
{
	struct str of;

	if (u->tricks & suspicious)
		worse(out, LINK_SUSPICIOUS, url_tricks_text(pool, u->tricks & suspicious));
	if (u->host_kind == URL_DOMAIN && lookalike_find(pool, u->host, NULL, 0, &of) > LOOKALIKE_SLIP)
		worse(out, LINK_SUSPICIOUS, pool_printf(pool, "looks like %.*s", STR_ARG(of)));
}

void
link_judge_want(const struct services *s, struct dns_batch *dns, struct pool *pool, struct str url)
{
	struct url u;
	struct dnsbl_item item;

	if (!s || !s->dnsbl || !dns || !innermost(pool, url, &u))
		return;
	item = item_of(pool, &u);
	dnsbl_want(s->dnsbl, dns, pool, &item);
}

void
link_judge(const struct services *s, struct dns_batch *dns, struct pool *pool, struct str url,
    struct link_opinion *out)
{
	struct url u;

	*out = (struct link_opinion){ .verdict = LINK_UNJUDGED };
	if (!innermost(pool, url, &u))
		return;
	if (s && ask_feeds(s, pool, &u, out))
		return;
	if (s && s->dnsbl && dns && out->verdict < LINK_BAD)
		ask_lists(s, dns, pool, &u, out);
	look(pool, &u, out);
	if (s && out->verdict == LINK_UNJUDGED && was_answered(s, dns, pool, &u))
		out->verdict = LINK_CLEAN;
}
