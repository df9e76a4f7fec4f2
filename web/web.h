/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* web.h - from a request to a response, without any socket
 *
 * Input    what a browser, a scanner or an attacker sends
 * Units    milliseconds
 * Limits   WEB_BODY bytes of a request's body; those of the options click.*
 * Memory   texts of a response live in the pool of its request; the body is the caller's, buf_clear
 * Errors   each is a page
 * Threads  web_answer: any; the rest one
 * Source   RFC 9110. GET and HEAD change nothing but a record of the click, HEAD not even that:
 *          programs that look into mail follow links
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include <pthread.h>
#include <stdatomic.h>

#include "click/blocked.h"
#include "click/keyring.h"
#include "base/embedded.h"
#include "conf/conf.h"
#include "response/response.h"
#include "web/burst.h"
#include "web/clicked.h"
#include "web/judge.h"
#include "web/page.h"
#include "web/clicklog.h"

enum { WEB_BODY = 2048, WEB_FILES = 3, WEB_FILE_BYTES = 256 * 1024 };

enum web_method { WEB_GET, WEB_HEAD, WEB_POST, WEB_OTHER };

struct web_request {
	struct pool *pool;
	enum web_method method;
	struct str path;		/* decoded, any bytes; begins with a slash */
	struct str body;		/* of a POST */
	struct str language, cookie, agent, fetch_site;	/* header fields, or empty */
	struct str client;		/* address as text */
	bool prefetch;			/* nobody clicked: the browser guesses */
};

struct web_response {
	unsigned status;
	const char *type;
	struct buf body;
	struct str location;		/* redirect */
	struct str refresh;		/* the same from a page */
	struct str cookie;
	bool keeps;			/* may be kept by browsers: it is a static file */
	const char *shown;		/* for the log: "redirect" or a page */
};

/* The files that an operator can replace. */
struct web_files {
	struct str page, style, logo;
	struct pool *pool;
};
extern const struct embedded web_builtin[];	/* web/text, web/static */
enum rc web_files_open(struct str folder, struct web_files *, struct buf *why) MUST_CHECK;

struct web {
	struct log_ctx lc;
	struct conf *conf;		/* web_conf_get */
	pthread_mutex_t conf_lock;
	struct keyring *keys;
	struct judge *judge;
	struct blocked *blocked;
	struct burst *burst;
	struct clicklog *record;
	struct web_files files;
	struct conf *ledger_conf;	/* that the response was opened with; NULL: there is no ledger */
	struct response response;
	struct keyring *digest_keys;	/* NULL: without a ledger */
	struct clicked *clicked;	/* the same */
	bool https;			/* links of digests begin with it */
	atomic_uint acting;		/* requests that wait for the mail server */
	atomic_uint_fast64_t served;
};

/* The configuration in force, the caller's to conf_put; and another one. */
struct conf *web_conf_get(struct web *);
void web_conf_set(struct web *, struct conf *taken);

void web_answer(struct web *, const struct web_request *, struct web_response *);

/* Path of click.url, "" or "/l": what all paths begin with. */
struct str web_prefix(struct str url);
/* The rest of the way of a click: `name` is the last part of the path. */
void click_answer(struct web *, const struct conf *, const struct web_request *, struct str name, struct web_response *);
/* The same for a link of a digest. */
void act_answer(struct web *, const struct conf *, const struct web_request *, struct str token, struct web_response *);
/* Ledger, quarantine and what they need, when there is a ledger; and back. */
enum rc web_ledger_open(struct web *, struct str state_dir, struct buf *why) MUST_CHECK;
void web_ledger_close(struct web *);
/* A page as the response. */
void web_page(const struct web *, const struct conf *, const struct web_request *, const struct page *,
    struct page_facts *, struct web_response *);

#endif
