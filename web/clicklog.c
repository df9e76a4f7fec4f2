/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "web/clicklog.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "click/click_opts.h"
#include "base/jtext.h"
#include "gate/settings.h"

struct clicklog {
	struct log_ctx lc;
	struct journal *journal;	/* NULL: none wanted */
	atomic_uint_fast64_t count;
};

enum rc
clicklog_open(const struct conf *conf, struct log_ctx lc, struct clicklog **out)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);
	const struct click_conf *cc = conf_values(conf, &click_table);
	struct clicklog *r = calloc(1, sizeof(*r));
	struct pool *pool = pool_new(0);
	enum rc rc = RC_OK;

	if (!r)
		abort();	/* out of memory */
	r->lc = lc;
	if (cc->records_max)
		rc = journal_open(pool_printf(pool, "%.*s/" CLICKLOG_FILE, STR_ARG(gc->state_dir)),
		    (uint64_t)cc->records_max, lc, &r->journal);
	pool_free(&pool);
	*out = r;
	return rc;
}

void
clicklog_close(struct clicklog **r)
{
	if (*r)
		journal_close(&(*r)->journal);
	free(*r);
	*r = NULL;
}

struct str
clicklog_reference(struct clicklog *r, struct pool *pool)
{
	return pool_printf(pool, "w%llx-%llx", (long long)(clock_wall_ms() / 1000),
	    (long long)atomic_fetch_add(&r->count, 1) * 65536 + getpid() % 65536);
}

static void
put_line(struct clicklog *r, const struct clicklog_click *c, struct str rcpt, struct str client)
{
	struct json_object *o = jtext_object();
	struct buf line;

	jtext_add_num(o, "time_ms", clock_wall_ms());
	jtext_add_str(o, "reference", c->reference);
	jtext_add_str(o, "shown", str_of(c->shown));
	jtext_add_str(o, "verdict", str_of(c->verdict));
	jtext_add_str(o, "why", c->why);
	jtext_add_str(o, "url", c->token ? c->token->url : STR_NONE);
	jtext_add_str(o, "message", c->token ? c->token->message : STR_NONE);
	jtext_add_str(o, "rcpt", rcpt);
	jtext_add_str(o, "client", client);
	jtext_add_str(o, "agent", client.n ? str_upto(c->agent, CLICKLOG_AGENT) : STR_NONE);
	buf_init(&line, CLICKLOG_BYTES);
	jtext_write(o, &line);
	if (!line.full)
		journal_put(r->journal, buf_str(&line));
	buf_clear(&line);
}

void
clicklog_put(struct clicklog *r, const struct conf *conf, const struct clicklog_click *c)
{
	const struct click_conf *cc = conf_values(conf, &click_table);
	bool names = cc->privacy == CLICK_PRIVACY_NONE;
	struct str rcpt = names && c->token ? c->token->rcpt : STR_NONE, client = names ? c->client : STR_NONE;

	if (cc->privacy == CLICK_PRIVACY_STRICT)
		return;
	/* Paths that programs guess are no news. */
	log_put(r->lc, c->token ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG, "click",
	    LOG_STR("reference", c->reference), LOG_CSTR("shown", c->shown),
	    LOG_CSTR("verdict", c->verdict ? c->verdict : "none"), LOG_STR("why", c->why),
	    LOG_STR("url", c->token ? c->token->url : STR_NONE), LOG_STR("message", c->token ? c->token->message : STR_NONE),
	    LOG_STR("rcpt", rcpt), LOG_STR("client", client), LOG_NUM("ms", c->ms));
	if (r->journal && c->token)
		put_line(r, c, rcpt, client);
}
