/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "web/web.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "click/click_opts.h"
#include "response/digest_opts.h"
#include "store/ledger_opts.h"
#include "base/embedded.h"
#include "base/template.h"

static const char html[] = "text/html; charset=utf-8", plain[] = "text/plain; charset=utf-8";

/* ---- files ---- */

static enum rc
open_file(struct str folder, const char *name, struct pool *pool, struct str *out, struct buf *why)
{
	char path[PATH_MAX];
	struct buf text;
	enum rc rc = RC_NONE;

	*out = embedded_find(web_builtin, name);
	if (folder.n == 0)
		return RC_OK;
	buf_init(&text, WEB_FILE_BYTES);
	if ((size_t)snprintf(path, sizeof(path), "%.*s/%s", STR_ARG(folder), name) < sizeof(path))
		rc = fdio_read_file(path, &text);
	if (rc == RC_OK)
		*out = pool_str(pool, buf_str(&text));
	else if (rc != RC_NONE)
		buf_printf(why, "%s: cannot be read, or is larger than %d bytes\n", path, WEB_FILE_BYTES);
	buf_clear(&text);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
web_files_open(struct str folder, struct web_files *f, struct buf *why)
{
	enum rc rc;

	f->pool = pool_new(0);
	rc = open_file(folder, "page.html", f->pool, &f->page, why);
	if (rc == RC_OK)
		rc = open_file(folder, "style.css", f->pool, &f->style, why);
	if (rc == RC_OK)
		rc = open_file(folder, "logo.svg", f->pool, &f->logo, why);
	if (rc != RC_OK || folder.n == 0)
		return rc;
	buf_printf(why, "%.*s/page.html: ", STR_ARG(folder));
	rc = template_try(f->page, why);
	if (rc == RC_OK)
		buf_reset(why);
	return rc;
}

/* ---- configuration ---- */

struct conf *
web_conf_get(struct web *w)
{
	struct conf *conf;

	pthread_mutex_lock(&w->conf_lock);
	conf = conf_get(w->conf);
	pthread_mutex_unlock(&w->conf_lock);
	return conf;
}

void
web_conf_set(struct web *w, struct conf *taken)
{
	struct conf *old;

	pthread_mutex_lock(&w->conf_lock);
	old = w->conf;
	w->conf = taken;
	pthread_mutex_unlock(&w->conf_lock);
	conf_put(&old);
}

struct str
web_prefix(struct str url)
{
	size_t host = str_find(url, STR("://"));
	struct str rest = host == STR_NPOS ? STR_NONE : str_from(url, host + 3);
	size_t slash = str_chr(rest, '/');

	return slash == STR_NPOS ? STR_NONE : str_from(rest, slash);
}

/* ---- ledger ---- */

enum rc
web_ledger_open(struct web *w, struct str state_dir, struct buf *why)
{
	const struct ledger_conf *lc = conf_values(w->conf, &ledger_table);
	const struct digest_conf *dc = conf_values(w->conf, &digest_table);
	const struct click_conf *cc = conf_values(w->conf, &click_table);
	const struct records_conf *rc = conf_values(w->conf, &records_table);
	enum rc got;

	if (!lc->enable)
		return RC_OK;
	w->ledger_conf = conf_get(w->conf);
	w->https = str_starts(dc->url.n ? dc->url : cc->url, STR("https:"));
	got = response_open(w->ledger_conf, state_dir, w->lc, &w->response, why);
	if (got == RC_OK)
		got = keyring_ensure(keyring_of(state_dir, KEYRING_DIGEST), clock_wall_ms() / 1000, &w->digest_keys, why);
	if (got == RC_OK)
		w->clicked = clicked_open(w->response.records, rc->deadline_ms);
	return got;
}

void
web_ledger_close(struct web *w)
{
	clicked_close(&w->clicked);
	keyring_close(&w->digest_keys);
	response_close(&w->response);
	if (w->ledger_conf)
		conf_put(&w->ledger_conf);
}

/* ---- answers ---- */

void
web_page(const struct web *w, const struct conf *conf, const struct web_request *rq, const struct page *page,
    struct page_facts *f, struct web_response *rs)
{
	const struct click_conf *cc = conf_values(conf, &click_table);
	struct lang lang = lang_choose(rq->language);

	f->site = cc->site;
	f->contact = cc->contact;
	if (!f->prefix.p)
		f->prefix = web_prefix(cc->url);
	rs->status = page->status;
	rs->type = html;
	rs->shown = page->name;
	page_put(page, f, &lang, rq->pool, w->files.page, &rs->body);
}

static void
health(struct web *w, const struct conf *conf, const struct web_request *rq, struct web_response *rs)
{
	(void)w, (void)conf, (void)rq;
	rs->status = 200;
	rs->type = plain;
	buf_adds(&rs->body, "ok\n");
}

static void
robots(struct web *w, const struct conf *conf, const struct web_request *rq, struct web_response *rs)
{
	(void)w, (void)conf, (void)rq;
	rs->status = 200;
	rs->type = plain;
	buf_adds(&rs->body, "User-agent: *\nDisallow: /\n");
}

static void
style(struct web *w, const struct conf *conf, const struct web_request *rq, struct web_response *rs)
{
	(void)conf, (void)rq;
	rs->status = 200;
	rs->type = "text/css; charset=utf-8";
	rs->keeps = true;
	buf_add(&rs->body, w->files.style);
}

static void
logo(struct web *w, const struct conf *conf, const struct web_request *rq, struct web_response *rs)
{
	(void)conf, (void)rq;
	rs->status = 200;
	rs->type = "image/svg+xml";
	rs->keeps = true;
	buf_add(&rs->body, w->files.logo);
}

/* Everything else is a link. */
static const struct {
	const char *path;
	bool anywhere;			/* also without the path of click.url: for probes of this machine */
	void (*answer)(struct web *, const struct conf *, const struct web_request *, struct web_response *);
} routes[] = {
	{ "/healthz", true, health },
	{ "/robots.txt", true, robots },
	{ "/static/style.css", false, style },
	{ "/static/logo.svg", false, logo },
};

static bool
fixed(struct web *w, const struct conf *conf, const struct web_request *rq, struct str path, struct web_response *rs)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (str_eq(routes[i].anywhere && path.n == 0 ? rq->path : path, str_of(routes[i].path))) {
			rs->shown = NULL;	/* not worth a line of the log */
			routes[i].answer(w, conf, rq, rs);
			return true;
		}
	return false;
}

void
web_answer(struct web *w, const struct web_request *rq, struct web_response *rs)
{
	struct conf *conf = web_conf_get(w);
	struct str prefix = web_prefix(((const struct click_conf *)conf_values(conf, &click_table))->url);
	struct str digests = web_prefix(((const struct digest_conf *)conf_values(conf, &digest_table))->url);
	struct str path = str_starts(rq->path, prefix) ? str_from(rq->path, prefix.n) : STR_NONE;
	struct str act = digests.n && str_starts(rq->path, digests) ? str_from(rq->path, digests.n) : path;
	struct page_facts facts = { .url = STR_NONE };

	*rs = (struct web_response){ .status = 500 };
	buf_init(&rs->body, PAGE_BYTES);
	atomic_fetch_add(&w->served, 1);
	if (rq->method == WEB_OTHER) {
		web_page(w, conf, rq, &page_wrong, &facts, rs);
		rs->status = 405;
	} else if (str_starts(act, STR("/q/"))) {
		act_answer(w, conf, rq, str_from(act, 3), rs);
	} else if (rq->method == WEB_POST || !fixed(w, conf, rq, path, rs)) {
		click_answer(w, conf, rq, path.n > 1 && path.p[0] == '/' ? str_from(path, 1) : STR_NONE, rs);
	}
	conf_put(&conf);
}
