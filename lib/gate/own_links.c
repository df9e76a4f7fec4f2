/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/own_links.h"

#include "check/check.h"
#include "click/click_opts.h"
#include "click/ours.h"
#include "click/token.h"
#include "link/unwrap.h"
#include "policy/links_opts.h"

void
own_links_init(struct own_links *own, struct pool *pool, const struct conf *conf, const struct keyring *keys,
    int64_t now_s)
{
	const struct click_conf *click = conf_values(conf, &click_table);
	const struct links_conf *links = conf_values(conf, &links_table);

	*own = (struct own_links){ pool, keys, ours_prefix(pool, click->url), links->known, now_s };
}

/* One that we made, even if it is too old to work. */
static bool
read_token(const struct own_links *own, struct str url, struct str *was)
{
	struct str token = own->keys ? ours_token(own->prefix, url) : STR_NONE;
	struct click_token t;
	enum rc rc;

	if (token.n == 0)
		return false;
	rc = token_read(own->keys, own->pool, token, own->now_s, &t);
	if (rc != RC_OK && rc != RC_LIMIT)
		return false;
	*was = t.url;
	return true;
}

static struct str
unwrapped(const struct own_links *own, struct str url, struct url *inner)
{
	struct url u;
	struct str by;

	if (url_parse(own->pool, url, NULL, &u) != RC_OK)
		return STR_NONE;
	return unwrap(own->pool, own->known, &u, inner, &by) ? inner->href : STR_NONE;
}

bool
own_links_read(const struct own_links *own, struct str url, struct str *was)
{
	bool ours = false;

	for (int depth = 0; own->keys && depth < UNWRAP_DEPTH; depth++) {
		struct url inner;

		if (!read_token(own, url, &url) && !read_token(own, unwrapped(own, url, &inner), &url))
			break;
		ours = true;
	}
	*was = url;
	return ours;
}

/* What the collector of a worker does with a URL it can read. */
static bool
open_one(const struct own_links *own, struct link *l)
{
	struct str was;
	struct url u, inner;

	if (!own_links_read(own, l->outer.n ? l->outer : l->url, &was) || url_parse(own->pool, was, NULL, &u) != RC_OK)
		return false;
	if (unwrapped(own, was, &inner).n == 0)
		inner = u;
	l->url = inner.href;
	l->host = inner.host;
	l->tricks |= u.tricks | inner.tricks;
	l->wraps++;
	l->wrappers = l->wrappers.n ? pool_printf(own->pool, "%.*s, sekimori", STR_ARG(l->wrappers)) : STR("sekimori");
	return true;
}

static bool
has(const struct report *r, const struct finding_def *def)
{
	for (size_t i = 0; i < r->findings.n; i++)
		if (report_finding(r, i)->def == def)
			return true;
	return false;
}

/* Each kind counts once for a message, as check_link says. */
static void
look(const struct scan *scan, const struct conf *conf, const struct report *opened, struct report *r)
{
	struct report seen;

	report_init(&seen, r->pool, scan->lim);
	seen.links = opened->links;
	check_run_one(&check_link, scan, conf, &seen);
	for (size_t i = 0; i < seen.findings.n; i++) {
		const struct finding *f = report_finding(&seen, i);

		if (!has(r, f->def))
			report_add_as(r, f->def, f->class, f->score, f->part, f->evidence);
	}
}

size_t
own_links_open(const struct own_links *own, const struct scan *scan, const struct conf *conf, struct report *r)
{
	struct report opened = { .pool = r->pool };
	struct link *all = r->links.items;

	for (size_t i = 0; own->keys && i < r->links.n; i++)
		if (open_one(own, &all[i]))
			*(struct link *)vec_push(r->pool, &opened.links, sizeof(struct link)) = all[i];
	if (opened.links.n)
		look(scan, conf, &opened, r);
	return opened.links.n;
}
