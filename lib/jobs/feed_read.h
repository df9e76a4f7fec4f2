/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* feed_read.h - the text of a feed to indicators; one row of a table for each format
 *
 * Input    what a feed's server sent: any bytes
 * Units    lines, bytes
 * Limits   FEED_LINE bytes of a line, `max` entries; the rest is counted as bad or left out
 * Memory   a value lives until `put` returns
 * Errors   none: a line that says nothing is counted in `bad`; `cut` is set at the limit
 * Threads  reentrant
 * Source   formats: this file. Values may be defanged (hxxp://, [.], (dot), [at]); domains become
 *          A-labels (RFC 5891)
 */
#ifndef JOBS_FEED_READ_H
#define JOBS_FEED_READ_H

#include "jobs/feeds.h"
#include "store/indicators_build.h"

enum { FEED_LINE = 4096, FEED_V4_WIDEST = 8, FEED_V6_WIDEST = 16 };

/* The text that is being read. */
struct feed_reading {
	const struct feed *feed;
	struct pool *pool;		/* cleared after each value */
	size_t max;			/* entries */
	/* False: no more, please. */
	bool (*put)(void *arg, const struct indicator *);
	void *arg;
	size_t good, bad;
	size_t first_bad;		/* number of the first line that was bad, 0: none */
	bool cut;			/* entries beyond `max` were left out */
};

struct feed_reader {
	const char *name;
	const char *help;
	void (*read)(struct feed_reading *, struct str text);
};

/* Ended by a row without name. A format that comes later (MISP, STIX) is one more row. */
extern const struct feed_reader feed_readers[];

/* One value as people write it, by the kind of the feed. RC_BAD: it is none. */
enum rc feed_value(struct pool *, const struct feed *, struct str value, struct indicator *out) MUST_CHECK;

#endif
