/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* week_index.h - which record of a week has which observable
 *
 * Input    a week that is open
 * Units    none
 * Limits   WEEK_INDEX_BATCH records at a time
 * Memory   none kept
 * Errors   RC_TEMP. An index that is damaged is removed and made again: it has nothing of its own
 * Threads  one thread of one process brings it up to date; any search
 * Source   week.h
 */
#ifndef STORE_WEEK_INDEX_H
#define STORE_WEEK_INDEX_H

#include "store/week.h"

enum { WEEK_INDEX_BATCH = 50000 };

/* A search: numbers of what is looked for, the rarest first, and the last record that the index has. The index
 * is attached as `x`, unless upto is 0. */
struct week_search {
	int64_t number[RECORDS_TERMS];
	size_t n;
	int64_t upto;
};
enum rc week_search(struct week *, const struct observable *, size_t n, struct week_search *out) MUST_CHECK;

#endif
