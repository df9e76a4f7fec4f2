/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* feed_keep.h - what is kept of a feed from one run to the next
 *
 * Input    files of our own below state_dir/feeds: NAME.text as it was fetched, NAME.state
 * Units    milliseconds since 1970
 * Limits   CONF_BYTES of a state; a feed's max_bytes of text
 * Memory   texts live in the pool
 * Errors   a state that is missing or damaged says nothing: the feed is fetched anew. Writing: RC_TEMP
 * Threads  one process at a time
 * Source   a state is lines of `key = value`, which sekimorictl shows
 */
#ifndef JOBS_FEED_KEEP_H
#define JOBS_FEED_KEEP_H

#include "jobs/feeds.h"
#include "net/http.h"

enum { FEED_ERROR = 512, FEED_PATH = 4096 };

struct feed_state {
	char etag[HTTP_TAG], modified[HTTP_TAG];
	int64_t source;			/* hash of where it came from: another source begins anew */
	int64_t tried_ms, checked_ms;	/* checked: it was there, changed or not */
	int64_t changed_ms;
	int64_t entries, bad;
	bool stale;			/* the alarm was given */
	char error[FEED_ERROR];		/* of the last try; empty: it went well */
};

/* state_dir/feeds/NAME.suffix */
void feed_keep_path(const char *state_dir, const struct feed *, const char *suffix, char out[FEED_PATH]);
void feed_keep_load(const char *state_dir, const struct feed *, struct feed_state *out);
enum rc feed_keep_save(const char *state_dir, const struct feed *, const struct feed_state *) MUST_CHECK;
enum rc feed_keep_text(const char *state_dir, const struct feed *, struct str text) MUST_CHECK;
/* Of what a table would be made from this feed: changes when the text, or its meaning, does. */
uint64_t feed_keep_stamp(const char *state_dir, const struct feed *, const struct feed_state *);

#endif
