/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/links.h"

#include <stdlib.h>

#include "click/click_opts.h"
#include "click/token.h"
#include "gate/own_links.h"
#include "policy/links_opts.h"

bool
links_is_outbound(const struct conf *conf, const struct session *s)
{
	const struct links_conf *lc = conf_values(conf, &links_table);
	struct ip ip;

	return s->auth_user.n || s->client_addr.n == 0 ||
	    (ip_parse(s->client_addr, &ip) && networks_have(&lc->outbound, &ip));
}

bool
links_must_go(const struct links_plan *p)
{
	return p->count[REWRITE_DEFANG] + p->count[REWRITE_TEXT] + p->count[REWRITE_UNLINK] > 0;
}

struct planner {
	struct pool *pool;
	const struct links_in *in;
	const struct links_conf *conf;
	const struct click_conf *click;
	struct own_links own;
	struct vec links;		/* struct links_link, by outer URL */
	struct vec rows;
	struct links_plan *out;
};

/* --- the links of the report --- */

static int
by_outer(const void *a, const void *b)
{
	const struct links_link *x = a, *y = b;

	return str_cmp(x->outer, y->outer);
}

/* rewrite leaves these alone: no token is made for the pictures of a newsletter. */
static bool
is_followed(enum link_where where)
{
	enum { STAYS = 1 << LINK_IN_SRC | 1 << LINK_IN_SRCSET | 1 << LINK_IN_BACKGROUND | 1 << LINK_IN_POSTER |
	    1 << LINK_IN_STYLE | 1 << LINK_IN_ACTION | 1 << LINK_IN_FORMACTION };

	return !(STAYS >> where & 1);
}

/* Each URL once. */
static void
collect(struct planner *p)
{
	const struct report *r = p->in->report;
	struct links_link *all, *last = NULL;
	size_t n = 0;

	for (size_t i = 0; i < r->links.n; i++) {
		const struct link *l = report_link_at(r, i);

		*(struct links_link *)vec_push(p->pool, &p->links, sizeof(struct links_link)) =
		    (struct links_link){ l->url, l->outer, l->host, l->unsubscribe, is_followed(l->where) };
	}
	all = p->links.items;
	if (p->links.n)
		qsort(all, p->links.n, sizeof(*all), by_outer);
	for (size_t i = 0; i < p->links.n; i++) {
		if (last && str_eq(last->outer, all[i].outer)) {
			last->unsubscribe |= all[i].unsubscribe;
			last->followed |= all[i].followed;
			continue;
		}
		all[n] = all[i];
		last = &all[n++];
	}
	p->links.n = n;
}

/* --- to the click gate --- */

static bool
lead_to_gate(const struct planner *p, const struct links_link *l, enum link_verdict v, struct str *with)
{
	const struct session *s = p->in->session;
	bool named = p->click->privacy == CLICK_PRIVACY_NONE && s->n_rcpts == 1;
	struct click_token t = { .expiry_s = p->in->now_s + p->click->expire_ms / 1000, .url = l->outer,
	    .doubtful = p->in->doubtful || v >= LINK_SUSPICIOUS, .message = str_upto(p->in->id, TOKEN_MESSAGE) };
	struct buf b;
	bool done;

	if (named && s->rcpts[0].n <= TOKEN_RCPT)
		t.rcpt = s->rcpts[0];
	if (!p->in->keys || p->click->url.n == 0 || !token_url_fits(l->outer))
		return false;
	buf_init(&b, REWRITE_URL);
	buf_add(&b, p->click->url);
	buf_addc(&b, '/');
	done = token_make(p->in->keys, &t, &b) == RC_OK && !b.full;
	if (done)
		*with = pool_str(p->pool, buf_str(&b));
	buf_clear(&b);
	return done;
}

/* --- verdict and action --- */

static enum link_verdict
verdict(const struct planner *p, const struct links_link *l)
{
	if (links_has_domain(&p->conf->internal, l->host) || links_has_domain(&p->conf->allow, l->host))
		return LINK_TRUSTED;
	return p->in->judge ? p->in->judge(p->in->arg, l) : LINK_UNJUDGED;
}

static void
add(struct planner *p, const struct links_link *l, enum rewrite_action action, struct str with)
{
	*(struct rewrite_row *)vec_push(p->pool, &p->rows, sizeof(struct rewrite_row)) =
	    (struct rewrite_row){ l->outer, action, with };
	p->out->count[action]++;
}

/* What we made leads to the click gate already, and on the way out to where it did before. */
static void
plan_one(struct planner *p, const struct links_link *l)
{
	enum rewrite_action action;
	enum link_verdict v;
	struct str with = STR_NONE, was;
	bool ours = own_links_read(&p->own, l->outer, &was);

	if (p->out->outbound) {
		if (ours)
			add(p, l, REWRITE_TO, was);
		return;
	}
	v = verdict(p, l);
	action = (enum rewrite_action)p->conf->on[v];
	if (action == REWRITE_LEAVE || (ours && action == REWRITE_TO))
		return;
	/* What the header has stays, unless it is there to be spared. */
	if (l->unsubscribe && v < LINK_SUSPICIOUS)
		return;
	if (action == REWRITE_TO && (!l->followed || !lead_to_gate(p, l, v, &with)))
		return;
	add(p, l, action, with);
}

void
links_plan(struct pool *pool, const struct links_in *in, struct links_plan *out)
{
	struct planner p = { .pool = pool, .in = in, .conf = conf_values(in->conf, &links_table),
	    .click = conf_values(in->conf, &click_table), .out = out };
	const struct links_link *all;

	*out = (struct links_plan){ .outbound = links_is_outbound(in->conf, in->session) };
	own_links_init(&p.own, pool, in->conf, in->keys, in->now_s);
	collect(&p);
	all = p.links.items;
	for (size_t i = 0; i < p.links.n; i++)
		plan_one(&p, &all[i]);
	out->rows = p.rows.items;
	out->n = p.rows.n;
}

enum rc
links_try(const struct conf *conf, struct buf *errors)
{
	static const char *const keys[LINK_VERDICTS] = { [LINK_TRUSTED] = "links.trusted", [LINK_CLEAN] = "links.clean",
		[LINK_UNJUDGED] = "links.unjudged", [LINK_SUSPICIOUS] = "links.suspicious", [LINK_BAD] = "links.bad" };
	const struct links_conf *lc = conf_values(conf, &links_table);
	const struct click_conf *cc = conf_values(conf, &click_table);
	struct buf value, origin;
	enum rc rc = RC_OK;

	buf_init(&value, 4096);
	buf_init(&origin, 4096);
	for (size_t v = 0; cc->url.n == 0 && v < LINK_VERDICTS; v++) {
		if (lc->on[v] != REWRITE_TO)
			continue;
		buf_reset(&value);
		buf_reset(&origin);
		if (!conf_show(conf, str_of(keys[v]), &value, &origin) || origin.n == 0)
			buf_adds(&origin, "-");
		buf_printf(errors, "%s: %s: rewrite needs a click gate: set click.url\n", buf_cstr(&origin), keys[v]);
		rc = RC_BAD;
	}
	buf_clear(&value);
	buf_clear(&origin);
	return rc;
}
