/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* feed_fetch.h - get one feed, beside others that are got
 *
 * Input    a feed and what is known of it; whatever its server sends
 * Units    bytes, lines, milliseconds
 * Limits   the feed's max_bytes; http.total_ms and FETCH_READ_MS for the reading, then it is killed
 * Memory   feed_fetch_clear; the text lives until then
 * Errors   in news->rc as http_get; RC_TEMP too when the process that fetches dies
 * Threads  one owner without threads: it forks
 * Source   errand.h: TLS, HTTP and the first reading of the text happen in a process that may ask
 *          machines, and read no file but its certificates and the feed's own
 */
#ifndef JOBS_FEED_FETCH_H
#define JOBS_FEED_FETCH_H

#include "jobs/errand.h"
#include "jobs/feed_keep.h"

enum { FETCH_READ_MS = 60000 };

struct feed_news {
	enum rc rc;			/* RC_OK: new text; RC_NONE: not changed */
	char etag[HTTP_TAG], modified[HTTP_TAG];
	uint64_t good, bad, first_bad;	/* lines; first_bad: a number, 0 none */
	char why[FEED_ERROR];
};

struct feed_fetch {
	const struct feed *feed;
	const struct feed_state *state;
	const struct http_conf *http;
	size_t max_entries;
	struct errand errand;
};

/* feed, state, http and max_entries are set, and live until the end. */
enum rc feed_fetch_start(struct feed_fetch *) MUST_CHECK;
/* When errand_ended says so. */
void feed_fetch_end(struct feed_fetch *, struct feed_news *, struct str *text);
void feed_fetch_clear(struct feed_fetch *);

#endif
