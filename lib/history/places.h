/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* places.h - since when this site has seen links to a domain
 *
 * Input    registered domains, as links lead to them
 * Units    milliseconds of wall clock that the caller gives
 * Limits   PLACES domains of one message; what is kept is limited by counters.entries_max
 * Memory   of the caller; counters are borrowed
 * Errors   none: counters that fail are replaced by others (counters.h), and say that nothing is old
 * Threads  any
 * Source   counters.h, COUNT_MARK: one for each domain, one for when all of it began
 *
 * A history that just began has seen nothing, so everything would be new: it says nothing before
 * conf->warm_up_ms have passed since the first message that was learned from.
 */
#ifndef HISTORY_PLACES_H
#define HISTORY_PLACES_H

#include "store/counters.h"

enum { PLACES = COUNTER_OPS - 1 };

struct places_conf {
	int64_t young_ms;		/* new is what was seen first less than this ago, or never */
	int64_t warm_up_ms;
	int64_t keep_ms;		/* after the last message that had it */
};

struct places_entry {
	struct str domain;
	int64_t age_ms;			/* since it was first seen; -1: never */
	bool is_new;
};

/* In one call of the counters; fills in the rest of each of the n places. Returns how many are new. */
size_t places_look(struct counters *, const struct places_conf *, int64_t now_ms, struct places_entry *, size_t n);
/* They were in a message that was not bad. */
void places_learn(struct counters *, const struct places_conf *, int64_t now_ms, const struct places_entry *, size_t n);

#endif
