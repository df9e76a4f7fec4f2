/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/link_judge.h"

#include "check/check.h"
#include "check/dnsbl.h"
#include "check/link_service.h"
#include "check/services.h"
#include "link/brand.h"
#include "link/lookalike.h"
#include "link/unwrap.h"
#include "policy/links_opts.h"

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
innermost(const struct link_by *by, struct pool *pool, struct str text, struct url *out)
{
	struct url u;
	struct str wrappers;

	if (url_parse(pool, text, NULL, &u) != RC_OK)
		return false;
	(void)unwrap(pool, by->known, &u, out, &wrappers);
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
		*o = (struct link_opinion){ .verdict = v, .why = why };
}

static struct dnsbl_item
item_of(struct pool *pool, const struct url *u)
{
	struct ip ip;

	return (struct dnsbl_item){ .what = url_address(u, &ip) ? ip_text(pool, &ip) : u->host,
	    .uses = DNSBL_AS(DNSBL_LINK) };
}

struct link_by
link_by(const struct conf *conf, const struct services *services, struct dns_batch *dns)
{
	const struct links_conf *lc = conf_values(conf, &links_table);
	const struct check_link_conf *cc = conf_values(conf, &check_link_options);

	return (struct link_by){ services, dns, lc->known, &cc->protected, cc->brands };
}

static struct dnsbl *
lists(const struct link_by *by)
{
	return by->services && by->dns ? by->services->dnsbl : NULL;
}

/* True: one answered that it knows nothing bad of the page. */
static bool
ask_services(const struct link_by *by, struct pool *pool, const struct url *u, struct link_opinion *o)
{
	struct link_said said[LINK_SERVICES];
	size_t n = by->services ? link_services_get(by->services->link_services, pool, u, said) : 0;
	bool fine = false;

	for (size_t i = 0; i < n; i++) {
		fine |= said[i].heard == LINK_NO_HIT;
		if (said[i].heard == LINK_HIT)
			worse(o, verdict_of(said[i].class), str_of(said[i].service));
	}
	return fine;
}

/* One that allows is the only hit. */
void
link_judge_page(const struct link_by *by, struct pool *pool, const struct url *u, struct link_opinion *o)
{
	struct indicator_hit hit[INDICATOR_HITS];
	size_t n = by->services ? indicators_find_url(by->services->indicators, pool, u, hit) : 0;
	uint32_t tricks = u->tricks & (url_user_looks_host(u) ? suspicious | URL_USERINFO : suspicious);
	bool fine;

	for (size_t i = 0; i < n; i++) {
		if (hit[i].allow) {
			*o = (struct link_opinion){ .verdict = LINK_TRUSTED, .why = hit[i].source };
			return;
		}
		worse(o, verdict_of(hit[i].class), hit[i].source);
	}
	fine = ask_services(by, pool, u, o);
	if (tricks)
		worse(o, LINK_SUSPICIOUS, url_tricks_text(pool, tricks));
	if (fine && o->verdict == LINK_UNJUDGED)
		o->verdict = LINK_CLEAN;
}

void
link_judge_like(const struct link_by *by, struct pool *pool, const struct url *u, struct link_opinion *o)
{
	const struct opt_list none = { .n = 0 }, *own = by->protected ? by->protected : &none;
	struct str of;

	if (u->host_kind != URL_DOMAIN)
		return;
	if (lookalike_find(pool, u->host, own->item, own->n, &of) > LOOKALIKE_SLIP)
		worse(o, LINK_SUSPICIOUS, pool_printf(pool, "looks like %.*s", STR_ARG(of)));
	else if (by->brands && brand_in_host(by->brands, pool, u->host, &of) == BRAND_DISGUISED)
		worse(o, LINK_SUSPICIOUS, pool_printf(pool, "looks like %.*s", STR_ARG(of)));
}

/* That nothing is known says something only when somebody was asked who would know, and answered. */
void
link_judge_host(const struct link_by *by, struct pool *pool, const struct url *u, struct link_opinion *o)
{
	struct dnsbl_item item = item_of(pool, u);
	struct dnsbl_hit hit[DNSBL_HITS];
	struct indicators_status feeds = { .entries = 0 };
	enum dnsbl_heard heard = DNSBL_NOBODY;
	size_t n = lists(by) ? dnsbl_look(lists(by), by->dns, pool, &item, hit) : 0;

	for (size_t i = 0; i < n; i++)
		if (!hit[i].allow)
			worse(o, verdict_of(hit[i].class), hit[i].list);
	if (o->verdict != LINK_UNJUDGED)
		return;
	if (lists(by))
		heard = dnsbl_heard(lists(by), by->dns, pool, &item);
	if (heard == DNSBL_NOBODY && by->services)
		indicators_status(by->services->indicators, &feeds);
	o->silent = heard == DNSBL_SILENCE;
	if (heard == DNSBL_ANSWER || feeds.entries > 0)
		o->verdict = LINK_CLEAN;
}

struct link_opinion
link_opinion_of(const struct link_opinion *page, const struct link_opinion *host)
{
	if (page->verdict == LINK_UNJUDGED)
		return *host;
	if (page->verdict == LINK_TRUSTED || host->verdict == LINK_UNJUDGED)
		return *page;		/* a page that somebody knows as clean is, when nobody knows its host */
	return host->verdict > page->verdict ? *host : *page;
}

void
link_judge_want(const struct link_by *by, struct pool *pool, struct str url)
{
	struct url u;
	struct dnsbl_item item;

	if (!lists(by) || !innermost(by, pool, url, &u))
		return;
	item = item_of(pool, &u);
	dnsbl_want(lists(by), by->dns, pool, &item);
}

void
link_judge_ask(const struct link_by *by, struct pool *pool, struct str url)
{
	struct url u;

	if (by->services && link_services_budget(by->services->link_services) && innermost(by, pool, url, &u))
		(void)link_services_want(by->services->link_services, pool, &u, LINK_SERVICES);
}

void
link_judge(const struct link_by *by, struct pool *pool, struct str url, struct link_opinion *out)
{
	struct link_opinion page = { .verdict = LINK_UNJUDGED }, host = page;
	struct url u;

	*out = page;
	if (!innermost(by, pool, url, &u))
		return;
	link_judge_page(by, pool, &u, &page);
	if (page.verdict != LINK_TRUSTED && page.verdict != LINK_BAD) {
		link_judge_like(by, pool, &u, &host);
		link_judge_host(by, pool, &u, &host);
	}
	*out = link_opinion_of(&page, &host);
}
