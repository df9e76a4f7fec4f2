/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* act.c - the way of a link of a digest: a page that shows what it is about; only its form acts */
#include "base/clock.h"
#include "click/click_opts.h"
#include "policy/quarantine.h"
#include "response/act.h"
#include "response/digest.h"
#include "response/release.h"
#include "web/form.h"
#include "web/web.h"

struct visit {
	struct web *web;
	const struct conf *conf;
	const struct web_request *rq;
	struct web_response *rs;
	struct str token;
	struct act act;
	struct record record;
	const struct record_rcpt *rcpt;
	enum quarantine_users rights;
	struct page_mail mail;
	struct page_facts facts;
};

static const char *
became(enum entry_state state)
{
	switch (state) {
	case ENTRY_RELEASING: return N_("It is on its way to you.");
	case ENTRY_RELEASED: return N_("It was released: look into your mailbox.");
	case ENTRY_DELETED: return N_("It was deleted.");
	case ENTRY_EXPIRED: return N_("Its time was over, and it was deleted.");
	case ENTRY_NONE:
	case ENTRY_HELD:
	case ENTRY_ORIGINAL:
	case ENTRY_STATES: break;
	}
	return NULL;
}

static bool
is_kept(enum entry_state state)
{
	return state == ENTRY_HELD || state == ENTRY_ORIGINAL;
}

static void
show(struct visit *v, const struct page *page)
{
	web_page(v->web, v->conf, v->rq, page, &v->facts, v->rs);
}

/* What the link names, as it is now. RC_NONE: it is nothing, or nothing that people may see. */
static enum rc
look_up(struct visit *v)
{
	const struct quarantine_conf *qc = conf_values(v->conf, &quarantine_table);
	enum rc rc = records_get(v->web->response.records, v->rq->pool, v->act.id, &v->record, NULL);

	if (rc != RC_OK)
		return rc;
	if (v->act.number > v->record.n_rcpts)
		return RC_NONE;
	v->rcpt = &v->record.rcpts[v->act.number - 1];
	v->rights = (enum quarantine_users)qc->kind[v->rcpt->kind].users;
	return v->rcpt->state == ENTRY_NONE || v->rights == USERS_NONE ? RC_NONE : RC_OK;
}

static void
show_mail(struct visit *v)
{
	struct pool *pool = v->rq->pool;
	const char *text = became(v->rcpt->state);
	bool https = v->web->https;
	struct form form;

	v->mail = (struct page_mail){ .from = digest_clean(pool, v->record.from.n ? v->record.from : v->record.mail_from),
	    .subject = digest_clean(pool, v->record.subject), .rcpt = digest_clean(pool, v->rcpt->address),
	    .time = digest_time(pool, v->record.time_ms), .until = digest_time(pool, v->rcpt->expires_ms),
	    .kind = digest_kind(v->rcpt->kind), .why = digest_why(v->record.verdict), .became = text };
	v->facts.mail = &v->mail;
	if (is_kept(v->rcpt->state) && v->rights == USERS_RELEASE &&
	    form_make(v->web->keys, pool, v->token, clock_wall_ms() / 1000, https, &form) == RC_OK) {
		v->facts.action = v->rq->path;
		v->facts.form = form.code;
		v->rs->cookie = form.cookie;
		v->mail.choose = true;
	}
	show(v, is_kept(v->rcpt->state) ? &page_mail : &page_done);
}

/* ---- acts ---- */

static enum rc
act_release(const struct response *r, const struct release_order *o, struct buf *why)
{
	return release_entry(r, o, why);
}

static enum rc
act_report(const struct response *r, const struct release_order *o, struct buf *why)
{
	enum rc rc = release_report(r, o, REPORT_FALSE_POSITIVE, why);

	return rc == RC_OK ? release_entry(r, o, why) : rc;
}

static enum rc
act_delete(const struct response *r, const struct release_order *o, struct buf *why)
{
	return release_delete(r, o, why);
}

static const struct {
	const char *name;
	enum rc (*act)(const struct response *, const struct release_order *, struct buf *why);
} acts[] = {
	{ "release", act_release }, { "report", act_report }, { "delete", act_delete },
};
enum { ACTS = sizeof(acts) / sizeof(acts[0]) };

static bool
form_is_good(const struct visit *v)
{
	struct str site = v->rq->fetch_site;

	return (site.n == 0 || str_eq(site, STR("same-origin"))) &&
	    form_good(v->web->keys, v->token, clock_wall_ms() / 1000, v->rq->body, v->rq->cookie);
}

/* The mail server may take its time: half of the threads go on to serve others. */
static bool
enter(struct web *w, const struct conf *conf)
{
	const struct click_conf *cc = conf_values(conf, &click_table);
	unsigned before = atomic_fetch_add(&w->acting, 1);

	if (before < (unsigned)(cc->threads + 1) / 2)
		return true;
	atomic_fetch_sub(&w->acting, 1);
	return false;
}

static enum rc
do_it(struct visit *v, size_t which)
{
	struct release_order o = { .id = v->act.id, .number = v->act.number,
	    .who = pool_printf(v->rq->pool, "person %.*s", STR_ARG(v->act.person)) };
	struct buf why;
	enum rc rc;

	if (!enter(v->web, v->conf))
		return RC_TEMP;
	buf_init(&why, RELEASE_WHY);
	rc = acts[which].act(&v->web->response, &o, &why);
	atomic_fetch_sub(&v->web->acting, 1);
	log_put(v->web->lc, rc == RC_OK || rc == RC_NONE ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "act",
	    LOG_CSTR("what", acts[which].name), LOG_STR("record", v->act.id), LOG_NUM("number", v->act.number),
	    LOG_STR("who", o.who), LOG_STR("client", v->rq->client), LOG_CSTR("done", rc == RC_OK ? "yes" : "no"),
	    LOG_STR("why", buf_str(&why)));
	buf_clear(&why);
	return rc;
}

static void
on_post(struct visit *v)
{
	struct str what = form_field(v->rq->body, STR("do"));
	size_t i = 0;
	enum rc rc;

	while (i < ACTS && !str_eq(what, str_of(acts[i].name)))
		i++;
	if (i == ACTS || !form_is_good(v) || v->rights != USERS_RELEASE) {
		show_mail(v);
		v->rs->status = 403;
		return;
	}
	rc = is_kept(v->rcpt->state) ? do_it(v, i) : RC_NONE;
	if (look_up(v) != RC_OK || (rc != RC_OK && rc != RC_NONE))
		show(v, &page_later);
	else
		show_mail(v);	/* whoever was first: what became of it */
}

void
act_answer(struct web *w, const struct conf *conf, const struct web_request *rq, struct str token, struct web_response *rs)
{
	struct visit v = { .web = w, .conf = conf, .rq = rq, .rs = rs, .token = token };
	enum rc rc = w->digest_keys ? act_read(w->digest_keys, rq->pool, token, clock_wall_ms() / 1000, &v.act) : RC_NONE;
	bool read = rc == RC_OK;

	v.facts.prefix = str_upto(rq->path, rq->path.n - token.n - strlen("/q/"));
	if (rc == RC_OK)
		rc = look_up(&v);
	if (rc == RC_LIMIT || (read && rc == RC_NONE))
		show(&v, &page_gone);
	else if (rc == RC_TEMP)
		show(&v, &page_later);
	else if (rc != RC_OK)
		show(&v, &page_unknown);
	else if (rq->method == WEB_POST)
		on_post(&v);
	else
		show_mail(&v);
}
