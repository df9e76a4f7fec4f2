/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* feeds.h - the file of feeds: what is fetched, from where, and what its entries mean
 *
 * Input    a file of the operator: `key = value` lines as in the configuration; a line `feed = NAME`
 *          begins a feed, the keys below belong to it
 * Units    milliseconds, bytes, points in tenths
 * Limits   FEEDS feeds, FEED_NAME bytes of a name; file size as conf.h
 * Memory   the pool
 * Errors   RC_BAD with every error, one line each, as `file:line: key: reason`
 * Threads  reentrant
 * Source   sekimori.conf(5), "Feeds"
 */
#ifndef JOBS_FEEDS_H
#define JOBS_FEEDS_H

#include "base/buf.h"
#include "base/pool.h"
#include "base/vec.h"
#include "conf/opt.h"
#include "scan/class.h"
#include "store/indicators.h"

enum { FEEDS = 200, FEED_NAME = 39, FEED_COLUMNS = 100 };

struct feed_reader;		/* jobs/feed_read.h */

struct feed {
	struct str name;
	int kind;			/* enum indicator_kind, -1: not said */
	const struct feed_reader *format;
	int64_t column;			/* csv: from 1 */
	char separator;			/* csv */
	bool any_url;			/* domain: a URL with a path names its host, too */
	struct str source;		/* URL, or absolute path of a file */
	struct str header;		/* name of a request header, or empty */
	struct str secret_file;		/* its value */
	enum class class;
	int64_t score, confidence;
	bool allow;			/* a list of the good */
	bool shrinks;			/* may lose more than half of its entries at once */
	int64_t expire_ms;		/* entries end so long after the feed was last there; 0: never */
	int64_t refresh_ms, stale_ms;
	int64_t max_bytes;

	const char *file;		/* where it was read */
	size_t line;
	int shrink_word;		/* -1: not said */
};

struct feeds {
	struct vec list;		/* struct feed */
};

struct feeds_conf {
	struct str file;		/* empty: there are no feeds */
	int64_t interval_ms, deadline_ms, max_entries;
};
extern const struct opt_table feeds_table;

enum rc feeds_read(struct pool *, const char *path, struct feeds *out, struct buf *errors) MUST_CHECK;
const struct feed *feed_at(const struct feeds *, size_t i);
bool feed_is_local(const struct feed *);	/* a file on this machine */

#endif
