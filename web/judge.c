/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "web/judge.h"

#include <stdlib.h>

#include "base/clock.h"
#include "check/dnsbl.h"
#include "check/link_service.h"
#include "check/services.h"
#include "click/click_opts.h"
#include "gate/settings.h"
#include "link/url.h"
#include "net/http.h"
#include "policy/links_opts.h"
#include "web/follow.h"
#include "base/lang.h"

struct judge {
	struct services services;	/* only those that links are judged by */
	struct log_ctx lc;
};

static const char *const texts[LINK_VERDICTS] = {
	[LINK_TRUSTED] = N_("It is one of the websites that your organization trusts."),
	[LINK_CLEAN] = N_("It was checked, and nothing bad is known of it."),
	[LINK_UNJUDGED] = N_("It could not be checked in time."),
	[LINK_SUSPICIOUS] = N_("It has features that are often seen in fraud."),
	[LINK_BAD] = N_("It is on a list of dangerous addresses."),
};

const char *
judge_text(enum link_verdict v)
{
	return texts[v];
}

struct str
judge_host(struct pool *pool, struct str url)
{
	struct url u;

	return url_parse(pool, url, NULL, &u) == RC_OK ? u.host : STR_NONE;
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
	if (rc == RC_OK)
		rc = link_services_open(conf, lc, &j->services.link_services, why);
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
	link_services_close(&j->services.link_services);
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
	buf_reset(&why);
	if (link_services_reload(j->services.link_services, conf, &why) != RC_OK)
		log_put(j->lc, LOG_LEVEL_ERR, "link_service", LOG_STR("error", buf_str(&why)));
	buf_clear(&why);
}

/* ---- one link ---- */

struct asking {
	struct judge *judge;
	const struct conf *conf;
	struct pool *pool;
	bool dns;
	int64_t until_ms;
	struct judge_opinion *out;
};

static void
worse(struct asking *a, enum link_verdict v, struct str why)
{
	struct link_opinion *of = &a->out->of;

	if (v > of->verdict || (v == of->verdict && why.n))
		*of = (struct link_opinion){ .verdict = v, .why = why };
}

static void
ask(struct asking *a, struct str url)
{
	struct link_by by = link_by(a->conf, &a->judge->services, NULL);
	struct link_opinion one;
	struct url u;

	/* Nobody writes a token's URL in a way that browsers do not read. */
	if (url_parse(a->pool, url, NULL, &u) != RC_OK || !url_is_web(&u)) {
		worse(a, LINK_SUSPICIOUS, STR("spelling"));
		return;
	}
	if (a->dns)
		by.dns = dns_batch_new(by.services->dns, a->pool, a->until_ms);
	link_judge_ask(&by, a->pool, url);
	link_judge_want(&by, a->pool, url);
	link_judge(&by, a->pool, url, &one);
	worse(a, one.verdict, one.why);
	if (a->dns)
		dns_batch_free(&by.dns);
}

/* Each place that a shortened link passes. One that is trusted says nothing about the next. */
static bool
ask_hop(void *arg, struct str url)
{
	struct asking *a = arg;

	ask(a, url);
	return a->out->of.verdict != LINK_BAD;
}

static void
ask_further(struct asking *a, const struct conf *conf, struct str url)
{
	const struct links_conf *lc = conf_values(conf, &links_table);
	struct http_conf http = *(const struct http_conf *)conf_values(conf, &http_table);
	struct follow_conf f = { .http = &http, .click = conf_values(conf, &click_table), .known = lc->known };

	http.allow_private = false;	/* that is for servers that the operator names */
	switch (follow(&f, a->pool, url, ask_hop, a, &a->out->end)) {
	case RC_OK:
	case RC_NONE:
		break;
	case RC_TEMP:
		worse(a, LINK_UNJUDGED, STR_NONE);
		break;
	case RC_LIMIT:
	case RC_BAD:
		worse(a, LINK_SUSPICIOUS, STR("redirects"));
		break;
	}
}

void
judge_link(struct judge *j, const struct conf *conf, struct pool *pool, struct str url, struct judge_opinion *out)
{
	const struct click_conf *cc = conf_values(conf, &click_table);
	const struct dns_conf *dc = conf_values(conf, &dns_table);
	struct asking a = { .judge = j, .conf = conf, .pool = pool, .dns = dc->enable,
	    .until_ms = clock_mono_ms() + cc->judge_ms, .out = out };

	*out = (struct judge_opinion){ .of = { .verdict = LINK_TRUSTED } };
	ask(&a, url);
	if (cc->follow && out->of.verdict != LINK_BAD)
		ask_further(&a, conf, url);
}
