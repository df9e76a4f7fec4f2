/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* click.c - the way of a click: token, verdict of this moment, page or redirect */
#include "base/clock.h"
#include "click/click_opts.h"
#include "click/token.h"
#include "web/form.h"
#include "web/web.h"

struct click {
	struct web *web;
	const struct conf *conf;
	const struct click_conf *cc;
	const struct web_request *rq;
	struct web_response *rs;
	struct str name;		/* the token as it was sent, tail removed */
	bool preview;
	struct click_token token;
	enum rc token_rc;
	struct judge_opinion opinion;
	bool judged, blocked;
	struct page_facts facts;
	int64_t from_ms;
};

enum way { WAY_GO, WAY_WARN, WAY_BLOCK };

/* A mail program that makes links of text takes what stands behind one for part of it. */
static struct str
without_tail(struct str name)
{
	while (name.n && strchr(".,;:!?)]}>'\"", name.p[name.n - 1]))
		name.n--;
	return name;
}

static void
show(struct click *c, const struct page *page)
{
	c->facts.reference = clicklog_reference(c->web->record, c->rq->pool);
	if (c->token.url.n) {
		c->facts.url = c->token.url;
		c->facts.host = judge_host(c->rq->pool, c->token.url);
	}
	web_page(c->web, c->conf, c->rq, page, &c->facts, c->rs);
}

static void
put_form(struct click *c)
{
	bool https = str_starts(c->cc->url, STR("https:"));
	struct form form;

	if (!c->cc->go_on || form_make(c->web->keys, c->rq->pool, c->name, clock_wall_ms() / 1000, https, &form) != RC_OK)
		return;
	c->facts.action = pool_printf(c->rq->pool, "%.*s/%.*s", STR_ARG(web_prefix(c->cc->url)), STR_ARG(c->name));
	c->facts.form = form.code;
	c->rs->cookie = form.cookie;
}

static void
judge_now(struct click *c)
{
	judge_link(c->web->judge, c->conf, c->rq->pool, c->token.url, &c->opinion);
	c->judged = true;
	c->facts.verdict = judge_text(c->opinion.of.verdict);
	c->facts.detail = c->opinion.of.why;
	c->facts.end = judge_host(c->rq->pool, c->opinion.end);
	c->blocked = blocked_has(c->web->blocked, c->token.message, judge_host(c->rq->pool, c->token.url), c->token.url);
	if (c->blocked) {
		c->opinion = (struct judge_opinion){ .of = { .verdict = LINK_BAD, .why = STR("operator") } };
		c->facts.verdict = N_("It was blocked after the message was delivered.");
		c->facts.detail = STR_NONE;
	}
}

/* Only this decides. */
static enum way
decide(struct click *c)
{
	enum way way = WAY_WARN;

	if (c->blocked)
		return WAY_BLOCK;
	switch (c->opinion.of.verdict) {
	case LINK_TRUSTED:
		return WAY_GO;
	case LINK_CLEAN:
		way = WAY_GO;
		break;
	case LINK_UNJUDGED:
		way = c->cc->unjudged == CLICK_UNJUDGED_ALLOW ? WAY_GO :
		    c->cc->unjudged == CLICK_UNJUDGED_BLOCK ? WAY_BLOCK : WAY_WARN;
		break;
	case LINK_SUSPICIOUS:
		break;
	case LINK_BAD:
	case LINK_VERDICTS:
		way = WAY_BLOCK;
		break;
	}
	if (way == WAY_GO && c->token.doubtful) {
		c->facts.verdict = N_("The message that it came in, or the link as it was written there, looked doubtful.");
		way = WAY_WARN;
	}
	return way;
}

static void
go(struct click *c)
{
	c->rs->status = 302;
	c->rs->location = c->token.url;
	c->rs->shown = "redirect";
}

/* The answer to the form is a page that leads on, not a redirect: browsers hold redirects of a form
 * against form-action, which names nobody but us. */
static void
leave(struct click *c)
{
	c->rs->refresh = pool_printf(c->rq->pool, "0;url=%.*s", STR_ARG(c->token.url));
	show(c, &page_leave);
}

static void
on_preview(struct click *c)
{
	judge_now(c);
	if (decide(c) != WAY_BLOCK)
		c->facts.action = pool_printf(c->rq->pool, "%.*s/%.*s", STR_ARG(web_prefix(c->cc->url)), STR_ARG(c->name));
	show(c, &page_preview);
}

/* From another website's page the form would come with another Sec-Fetch-Site, and without our cookie. */
static bool
form_is_good(const struct click *c)
{
	struct str site = c->rq->fetch_site;

	return c->cc->go_on && (site.n == 0 || str_eq(site, STR("same-origin"))) &&
	    form_good(c->web->keys, c->name, clock_wall_ms() / 1000, c->rq->body, c->rq->cookie);
}

static void
on_click(struct click *c)
{
	bool post = c->rq->method == WEB_POST;
	enum way way;

	judge_now(c);
	way = decide(c);
	if (way == WAY_BLOCK) {
		show(c, &page_blocked);
	} else if (post && form_is_good(c)) {
		leave(c);
	} else if (way == WAY_GO && !post) {
		go(c);
	} else {
		put_form(c);
		show(c, &page_warn);
		c->rs->status = post ? 403 : page_warn.status;
	}
}

static void
record(struct click *c)
{
	const struct link_opinion *of = &c->opinion.of;
	struct clicklog_click r = { .reference = c->facts.reference, .shown = c->rs->shown,
	    .verdict = c->judged ? link_verdict_name(of->verdict) : NULL, .why = of->why, .client = c->rq->client,
	    .agent = c->rq->agent, .token = c->token.url.n ? &c->token : NULL, .ms = clock_mono_ms() - c->from_ms };

	if (c->rq->method == WEB_HEAD || c->rq->prefetch)
		return;
	if (r.reference.n == 0)
		r.reference = clicklog_reference(c->web->record, c->rq->pool);
	clicklog_put(c->web->record, c->conf, &r);
	if (c->judged && c->rq->method != WEB_HEAD)
		clicked_put(c->web->clicked, c->conf, &r);
}

static void
answer_token(struct click *c)
{
	int64_t hold = 0;

	if (c->token_rc == RC_OK && c->rq->method != WEB_HEAD)
		hold = burst_hold(c->web->burst, c->name, c->cc->burst, c->cc->burst_ms, c->from_ms);
	if (hold)
		show(c, &page_held);
	else if (c->token_rc == RC_LIMIT)
		show(c, &page_expired);
	else if (c->token_rc != RC_OK)
		show(c, &page_unknown);
	else if (c->preview)
		on_preview(c);
	else
		on_click(c);
}

void
click_answer(struct web *w, const struct conf *conf, const struct web_request *rq, struct str name,
    struct web_response *rs)
{
	struct click c = { .web = w, .conf = conf, .cc = conf_values(conf, &click_table), .rq = rq, .rs = rs,
	    .from_ms = clock_mono_ms() };

	name = without_tail(name);
	c.preview = name.n && name.p[name.n - 1] == '+';
	c.name = c.preview ? str_upto(name, name.n - 1) : name;
	c.token_rc = token_read(w->keys, rq->pool, c.name, clock_wall_ms() / 1000, &c.token);
	answer_token(&c);
	record(&c);
}
