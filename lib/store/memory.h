/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* memory.h - counters in this process: hash tables, each behind its lock
 *
 * Input    keys of key.h; names that clients choose cannot be made to collide
 * Units    milliseconds of wall clock
 * Limits   entries_max in all; each of MEMORY_SHARDS tables gives up its longest unused one when
 *          its share is full
 * Memory   an entry takes about 90 bytes and its key
 * Errors   none: out of memory ends the process
 * Threads  any; memory_each holds the lock of one table while it calls
 * Source   own tables: uthash has one lock's worth of macros and a hash without a key
 */
#ifndef STORE_MEMORY_H
#define STORE_MEMORY_H

#include "store/key.h"
#include "store/tally.h"

enum { MEMORY_SHARDS = 32 };

struct memory;

struct memory *memory_new(int64_t entries_max);
void memory_free(struct memory **);

void memory_run(struct memory *, const struct key *, struct counter_op *, int64_t now_ms);
/* Take a tally over as it is: from the snapshot or from the shared store. */
void memory_put(struct memory *, struct str key, const struct tally *);
bool memory_del(struct memory *, const struct key *);

/* Call fn for every entry of a shard, longest unused first; what nobody needs any more at now_ms
 * is dropped before. fn returns false to stop. */
void memory_each(struct memory *, size_t shard, int64_t now_ms,
    bool (*fn)(void *arg, struct str key, const struct tally *), void *arg);

uint64_t memory_entries(struct memory *);
uint64_t memory_evicted(struct memory *);

#endif
