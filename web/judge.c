/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "web/judge.h"

#include <stdlib.h>

#include "base/clock.h"
#include "check/dnsbl.h"
#include "check/services.h"
#include "click/click_opts.h"
#include "gate/settings.h"
#include "link/url.h"
#include "net/http.h"
#include "web/follow.h"
#include "web/lang.h"

struct judge {
	struct services services;	/* only those that links are judged by */
	struct log_ctx lc;
};

static const char *const names[] = { [JUDGE_TRUSTED] = "trusted", [JUDGE_CLEAN] = "clean",
	[JUDGE_UNJUDGED] = "unjudged", [JUDGE_SUSPICIOUS] = "suspicious", [JUDGE_BAD] = "bad" };
static const char *const texts[] = {
	[JUDGE_TRUSTED] = N_("It is one of the websites that your organization trusts."),
	[JUDGE_CLEAN] = N_("It was checked, and nothing bad is known of it."),
	[JUDGE_UNJUDGED] = N_("It could not be checked in time."),
	[JUDGE_SUSPICIOUS] = N_("It has features that are often seen in fraud."),
	[JUDGE_BAD] = N_("It is on a list of dangerous addresses."),
};

const char *
judge_name(enum judge_verdict v)
{
	return names[v];
}

const char *
judge_text(enum judge_verdict v)
{
	return texts[v];
}

struct str
judge_host(struct str url)
{
	size_t at = str_find(url, STR("://"));
	struct str host = at == STR_NPOS ? STR_NONE : str_from(url, at + 3);
	size_t end = 0;

	while (end < host.n && !strchr("/?#\\", host.p[end]))
		end++;
	host = str_upto(host, end);
	if ((at = str_rchr(host, '@')) != STR_NPOS)
		host = str_from(host, at + 1);
	if (host.n && host.p[0] == '[') {
		at = str_chr(host, ']');
		return at == STR_NPOS ? host : str_upto(host, at + 1);
	}
	at = str_chr(host, ':');
	return at == STR_NPOS ? host : str_upto(host, at);
}

enum rc
judge_open(const struct conf *conf, struct log_ctx lc, struct judge **out, struct buf *why)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);
	struct judge *j = calloc(1, sizeof(*j));
	struct pool *pool = pool_new(0);
	enum rc rc;

	if (!j)
		abort();	/* out of memory */
	j->lc = j->services.lc = lc;
	rc = dns_new(conf_values(conf, &dns_table), lc, &j->services.dns, why);
	if (rc == RC_OK)
		rc = dnsbl_open(conf_values(conf, &dnsbl_table), j->services.dns, lc, &j->services.dnsbl, why);
	if (rc == RC_OK)
		rc = indicators_open(pool_printf(pool, "%.*s/" INDICATORS_FILE, STR_ARG(gc->state_dir)).p, lc,
		    &j->services.indicators);
	pool_free(&pool);
	if (rc != RC_OK)
		judge_close(&j);
	*out = j;
	return rc;
}

void
judge_close(struct judge **at)
{
	struct judge *j = *at;

	if (!j)
		return;
	indicators_close(&j->services.indicators);
	dnsbl_close(&j->services.dnsbl);
	dns_free(&j->services.dns);
	free(j);
	*at = NULL;
}

void
judge_reload(struct judge *j, const struct conf *conf)
{
	struct buf why;

	buf_init(&why, 4096);
	if (dnsbl_reload(j->services.dnsbl, conf_values(conf, &dnsbl_table), &why) != RC_OK)
		log_put(j->lc, LOG_LEVEL_ERR, "dnsbl", LOG_STR("error", buf_str(&why)));
	buf_clear(&why);
}

/* ---- one link ---- */

static void
worse(struct judge_opinion *o, enum judge_verdict v, struct str why)
{
	if (v < o->verdict || (v == o->verdict && why.n == 0))
		return;
	o->verdict = v;
	o->why = why;
}

static enum judge_verdict
verdict_of(enum class class)
{
	return class == CLASS_MALWARE || class == CLASS_PHISHING || class == CLASS_BLOCKED || class == CLASS_CAMPAIGN ?
	    JUDGE_BAD : JUDGE_SUSPICIOUS;
}

static void
ask_feeds(struct judge *j, struct pool *pool, const struct url *url, struct judge_opinion *out)
{
	struct indicator_hit hits[INDICATOR_HITS];
	struct ip ip;
	size_t n = url_address(url, &ip) ? indicators_find_ip(j->services.indicators, pool, &ip, hits) :
	    indicators_find(j->services.indicators, pool, INDICATOR_DOMAIN, url->host, hits);

	for (size_t i = 0; i < n; i++) {
		if (hits[i].allow)
			*out = (struct judge_opinion){ .verdict = JUDGE_TRUSTED, .why = hits[i].source };
		else
			worse(out, verdict_of(hits[i].class), hits[i].source);
	}
}

static void
ask_lists(struct judge *j, struct pool *pool, struct str host, int64_t deadline_ms, struct judge_opinion *out)
{
	struct dnsbl_item item = { .what = host, .uses = DNSBL_AS(DNSBL_LINK) };
	struct dns_batch *batch = dns_batch_new(j->services.dns, pool, deadline_ms);
	struct dnsbl_hit hits[DNSBL_HITS];
	size_t n;

	dnsbl_want(j->services.dnsbl, batch, pool, &item);
	n = dnsbl_look(j->services.dnsbl, batch, pool, &item, hits);
	for (size_t i = 0; i < n; i++)
		if (!hits[i].allow)
			worse(out, verdict_of(hits[i].class), hits[i].list);
	/* An answer that did not come is no answer that it is not listed. */
	if (n == 0 && (clock_mono_ms() >= deadline_ms || dnsbl_is_silent(j->services.dnsbl, DNSBL_LINK)))
		worse(out, JUDGE_UNJUDGED, STR_NONE);
	dns_batch_free(&batch);
}

struct asking {
	struct judge *judge;
	struct pool *pool;
	bool dns;
	int64_t until_ms;
	struct judge_opinion *out;
};

static void
ask(struct asking *a, struct str url)
{
	struct judge_opinion one = { .verdict = JUDGE_CLEAN };
	struct url u;

	/* The host that a browser would ask, however it is spelled. */
	if (url_parse(a->pool, url, NULL, &u) != RC_OK || !url_is_web(&u)) {
		worse(a->out, JUDGE_SUSPICIOUS, STR("spelling"));
		return;
	}
	ask_feeds(a->judge, a->pool, &u, &one);
	if (one.verdict == JUDGE_CLEAN && a->dns)
		ask_lists(a->judge, a->pool, u.host, a->until_ms, &one);
	worse(a->out, one.verdict, one.why);
}

/* Each place that a shortened link passes. One that is trusted says nothing about the next. */
static bool
ask_hop(void *arg, struct str url)
{
	struct asking *a = arg;

	ask(a, url);
	return a->out->verdict != JUDGE_BAD;
}

static void
ask_further(struct asking *a, const struct conf *conf, struct str url)
{
	const struct click_conf *cc = conf_values(conf, &click_table);
	struct http_conf http = *(const struct http_conf *)conf_values(conf, &http_table);

	http.allow_private = false;	/* that is for servers that the operator names */
	switch (follow(&http, cc, a->pool, url, ask_hop, a, &a->out->end)) {
	case RC_OK:
	case RC_NONE:
		break;
	case RC_TEMP:
		worse(a->out, JUDGE_UNJUDGED, STR_NONE);
		break;
	case RC_LIMIT:
	case RC_BAD:
		worse(a->out, JUDGE_SUSPICIOUS, STR("redirects"));
		break;
	}
}

void
judge_link(struct judge *j, const struct conf *conf, struct pool *pool, struct str url, struct judge_opinion *out)
{
	const struct click_conf *cc = conf_values(conf, &click_table);
	const struct dns_conf *dc = conf_values(conf, &dns_table);
	struct asking a = { .judge = j, .pool = pool, .dns = dc->enable, .until_ms = clock_mono_ms() + cc->judge_ms,
	    .out = out };

	*out = (struct judge_opinion){ .verdict = JUDGE_TRUSTED };
	ask(&a, url);
	if (cc->follow && out->verdict != JUDGE_BAD)
		ask_further(&a, conf, url);
}
