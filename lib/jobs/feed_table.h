/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* feed_table.h - make the table of all feeds from the texts that are kept
 *
 * Input    texts of feeds below state_dir: any bytes
 * Units    entries
 * Limits   feeds.max_entries; feeds.deadline_ms, then it is killed
 * Memory   none kept
 * Errors   RC_TEMP with `why`: it could not be written, or who reads the texts died; the table from
 *          before is as it was
 * Threads  one owner without threads: it forks
 * Source   errand.h: the texts are read in the sandbox of a worker, without network; the gate looks
 *          at every entry of the table before it believes it
 */
#ifndef JOBS_FEED_TABLE_H
#define JOBS_FEED_TABLE_H

#include "jobs/feed_keep.h"

struct feed_table {
	const char *state_dir, *path;
	const struct feeds *feeds;
	const struct feed_state *state;	/* one for each feed */
	const struct feeds_conf *conf;
};

struct feed_table_news {
	unsigned char made;		/* false: the one there is current */
	uint64_t entries;
	unsigned char cut[FEEDS];	/* this feed did not fit wholly */
};

/* A table that is missing, damaged or of another version is made anew. */
enum rc feed_table_update(const struct feed_table *, struct feed_table_news *, struct buf *why) MUST_CHECK;

#endif
