/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* shared.h - counters in a Redis server that several nodes share
 *
 * Input    operations with their keys
 * Units    milliseconds
 * Limits   conf.deadline_ms for one call with all its operations
 * Memory   shared_free frees; borrows conf's texts
 * Errors   RC_TEMP: the server did not serve all of it; the caller's own counters must.
 *          From the first failure on no call waits, until a probe succeeded
 * Threads  any
 * Source   scripts on one key each, so that every server that has the key can run them
 */
#ifndef STORE_SHARED_H
#define STORE_SHARED_H

#include "store/key.h"
#include "store/shared_link.h"
#include "store/tally.h"

struct shared;

/* RC_BAD: the configuration cannot be used. Waits for the first probe, deadline_ms at most. */
enum rc shared_new(const struct counters_conf *, struct log_ctx, struct shared **, struct buf *why) MUST_CHECK;
void shared_free(struct shared **);

/* Carry out n operations in one round trip. What was stored is in the tallies then; an operation
 * whose answer could not be used has done[i] false. */
enum rc shared_run(struct shared *, int64_t now_ms, const struct key *, struct counter_op *, size_t n,
    struct tally *, bool *done) MUST_CHECK;
/* True when there was such a key. */
bool shared_del(struct shared *, const struct key *);
/* Call fn for each key that begins with `kind`, at most max; gives up after a few seconds. */
enum rc shared_list(struct shared *, const struct key *kind, size_t max,
    void (*fn)(void *arg, struct str key, const struct tally *), void *arg) MUST_CHECK;

bool shared_is_up(struct shared *);
/* Why it is down; empty when it is up. */
void shared_why(struct shared *, char why[SHARED_WHY]);

#endif
