/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* fetch.h - requests to servers of others, many at the same time
 *
 * Input    URLs of the operator with what is asked in them; whatever the servers answer
 * Units    bytes; milliseconds on the monotonic clock
 * Limits   FETCH_OPEN requests at once, max_bytes of an answer, by_ms for one request, FETCH_HOST
 *          connections to one server
 * Memory   a request is copied; the body is lent to done()
 * Errors   false: not taken. A status of 0 is no answer, and `why` says in one line why
 * Threads  fetch_start by any; done() runs on the one thread of struct fetch and must not block
 * Source   libcurl-multi(3); as http.h: certificates and addresses are looked at, no redirects,
 *          no cookies, no credentials but the header asked for
 *
 * A connection that was used is kept for the next request.
 */
#ifndef NET_FETCH_H
#define NET_FETCH_H

#include "net/http.h"

enum { FETCH_OPEN = 128, FETCH_HOST = 4 };

struct fetch_request {
	const struct http_conf *conf;
	struct str url;
	struct str form;		/* body of a POST, or empty: GET */
	struct str header, secret;	/* one more header, or empty */
	struct str agent;		/* in place of our name, or empty */
	int64_t max_bytes, by_ms;
	/* Once for each request that was taken, also for those that fetch_free ends. */
	void (*done)(void *arg, long status, struct str body, struct str why);
	void *arg;
};

struct fetch;

enum rc fetch_new(struct fetch **out) MUST_CHECK;	/* RC_TEMP: no thread */
/* Returns when every done() has been called. */
void fetch_free(struct fetch **);
bool fetch_start(struct fetch *, const struct fetch_request *) MUST_CHECK;

#endif
