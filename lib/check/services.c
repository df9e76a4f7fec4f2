/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/services.h"

#include "auth/arc_opts.h"
#include "check/dnsbl.h"
#include "check/link_service.h"
#include "history/history.h"
#include "policy/rcpt_groups.h"

enum { ERRORS_MAX = 16384 };

static enum rc
open_indicators(struct str state_dir, struct log_ctx lc, struct indicators **out, struct buf *why)
{
	struct pool *pool;
	enum rc rc;

	if (state_dir.n == 0)
		return RC_OK;
	pool = pool_new(0);
	rc = indicators_open(pool_printf(pool, "%.*s/" INDICATORS_FILE, STR_ARG(state_dir)).p, lc, out);
	if (rc != RC_OK)
		buf_adds(why, "no thread for the indicators of feeds");
	pool_free(&pool);
	return rc;
}

/* Their tables, and those that recipient groups ask. */
static struct recipients_conf
recipients_of(const struct conf *conf)
{
	const struct rcpt_groups_conf *groups = conf_values(conf, &rcpt_groups_table);
	struct recipients_conf c = *(const struct recipients_conf *)conf_values(conf, &recipients_table);

	c.groups = groups->tables;
	return c;
}

enum rc
services_try(const struct conf *conf, struct buf *errors)
{
	enum rc lists = dnsbl_try(conf_values(conf, &dnsbl_table), errors);
	enum rc key = arc_conf_try(conf_values(conf, &arc_table), errors);
	enum rc services = link_services_try(conf, errors);
	struct recipients_conf who = recipients_of(conf);
	enum rc recipients = recipients_try(&who, errors);

	return lists != RC_OK ? lists : key != RC_OK ? key : services != RC_OK ? services : recipients;
}

enum rc
services_open(const struct conf *conf, struct str state_dir, struct log_ctx lc, struct services *out, struct buf *why)
{
	struct recipients_conf who = recipients_of(conf);
	enum rc rc;

	*out = (struct services){ .lc = lc };
	rc = dns_new(conf_values(conf, &dns_table), lc, &out->dns, why);
	if (rc == RC_OK)
		rc = counters_new(conf_values(conf, &counters_table), state_dir, lc, &out->counters, why);
	if (rc == RC_OK)
		rc = dnsbl_open(conf_values(conf, &dnsbl_table), out->dns, lc, &out->dnsbl, why);
	if (rc == RC_OK)
		rc = link_services_open(conf, lc, &out->link_services, why);
	if (rc == RC_OK)
		rc = open_indicators(state_dir, lc, &out->indicators, why);
	if (rc == RC_OK && arc_conf_key(conf_values(conf, &arc_table), &out->seal_key, why) == RC_BAD)
		rc = RC_BAD;
	if (rc == RC_OK)
		rc = recipients_open(&who, lc, &out->recipients, why);
	if (rc == RC_OK)
		out->history = history_new(out->counters, conf_values(conf, &geo_table), state_dir, lc);
	else
		services_close(out);
	return rc;
}

void
services_reload(struct services *s, const struct conf *conf)
{
	struct recipients_conf who = recipients_of(conf);
	struct buf why;

	buf_init(&why, ERRORS_MAX);
	if (dnsbl_reload(s->dnsbl, conf_values(conf, &dnsbl_table), &why) != RC_OK)
		log_put(s->lc, LOG_LEVEL_ERR, "dnsbl", LOG_STR("kept", STR("the lists from before")),
		    LOG_STR("error", buf_str(&why)));
	buf_reset(&why);
	if (link_services_reload(s->link_services, conf, &why) != RC_OK)
		log_put(s->lc, LOG_LEVEL_ERR, "link_service", LOG_STR("kept", STR("what was said before")),
		    LOG_STR("error", buf_str(&why)));
	buf_clear(&why);
	recipients_follow(s->recipients, &who);
	geo_use(s->history->geo, conf_values(conf, &geo_table));
}

void
services_save(struct services *s)
{
	counters_save(s->counters);
}

void
services_close(struct services *s)
{
	recipients_close(&s->recipients);
	privkey_free(&s->seal_key);
	history_free(&s->history);	/* counts in the counters */
	indicators_close(&s->indicators);
	counters_free(&s->counters);
	link_services_close(&s->link_services);
	dnsbl_close(&s->dnsbl);		/* asks the resolver */
	dns_free(&s->dns);
}
