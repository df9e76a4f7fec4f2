/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* http.h - fetch one thing from a server of somebody else
 *
 * Input    a URL of the operator; whatever the server answers
 * Units    bytes as they come out of a compressed transfer; milliseconds
 * Limits   max_bytes, ended while it comes; http.total_ms for all redirects together, HTTP_REDIRECTS of
 *          them; HTTP_TAG bytes of ETag and Last-Modified (longer ones are forgotten)
 * Memory   the body is the caller's buf, which http_get gives its maximum
 * Errors   RC_NONE: not changed since (304). RC_TEMP: not reached, late, cut short, or an answer that may
 *          be another one next time. RC_LIMIT: larger than max_bytes. RC_BAD: it cannot be had that way
 *          (404, no such scheme, an address that is not allowed). `why` says it in one line
 * Threads  reentrant
 * Source   RFC 9110; libcurl. Only http and https, redirects too, never from https to http; addresses
 *          are looked at when they are connected to, so that no name can lead inside; no proxy and
 *          no credentials but those asked for. The secret header stays with the server of the URL
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/buf.h"
#include "base/ip.h"
#include "base/rc.h"
#include "conf/opt.h"

enum { HTTP_REDIRECTS = 5, HTTP_TAG = 256, HTTP_SECRET = 4096 };

struct http_conf {
	bool allow_private;
	struct str proxy;		/* URL; empty: none */
	struct str ca_file;		/* empty: those of the system */
	int64_t connect_ms, total_ms;
};
extern const struct opt_table http_table;

struct http_request {
	struct str url;			/* http, https, file; or an absolute path */
	struct str etag, modified;	/* of the answer before, or empty */
	struct str header;		/* name of one more header, or empty */
	struct str secret;		/* its value */
	int64_t max_bytes;
};

struct http_answer {
	long status;			/* 0: there was none */
	char etag[HTTP_TAG], modified[HTTP_TAG];	/* printable ASCII */
	struct buf body;		/* buf_clear when done, whatever was returned */
};

enum rc http_get(const struct http_conf *, const struct http_request *, struct http_answer *, struct buf *why) MUST_CHECK;
/* Where does the server send who asks for this? One HEAD, not followed. RC_OK: *next is absolute; RC_NONE: nowhere
 * else. by_ms: monotonic deadline. */
enum rc http_where(const struct http_conf *, struct str url, int64_t by_ms, struct buf *next, struct buf *why) MUST_CHECK;
/* May a stranger's name lead there? No: this machine, private networks, none at all. */
bool http_is_public(const struct ip *);
/* The first line of a file that nobody else may read. RC_BAD with `why`. */
enum rc http_secret(const char *path, struct buf *out, struct buf *why) MUST_CHECK;

#endif
