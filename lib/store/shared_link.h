/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* shared_link.h - the way to the Redis server: connections for many threads, and the breaker
 *
 * Input    the configuration
 * Units    deadlines in monotonic milliseconds
 * Limits   SHARED_CONNECTIONS at once, SHARED_IDLE of them kept for later
 * Memory   shared_link_free frees; borrows conf's texts
 * Errors   RC_NONE: not now, without waiting when the breaker is open. RC_TEMP: the server failed,
 *          `why` says how; give the lease back with it, which opens the breaker
 * Threads  any; a thread of its own looks for the server and probes it
 * Source   none
 */
#ifndef STORE_SHARED_LINK_H
#define STORE_SHARED_LINK_H

#include "store/shared_probe.h"

enum { SHARED_CONNECTIONS = 64, SHARED_IDLE = 16, SHARED_WHY = 200 };

struct shared_link;

/* A connection in use. */
struct shared_lease {
	struct shared_conn *conn;
	uint64_t generation;		/* of the server it leads to */
};

/* Waits for the first probe, deadline_ms at most. */
enum rc shared_link_new(const struct counters_conf *, struct log_ctx, struct shared_link **, struct buf *why) MUST_CHECK;
void shared_link_free(struct shared_link **);

/* After RC_OK and RC_TEMP the lease must be given back. */
enum rc shared_link_take(struct shared_link *, int64_t deadline_ms, struct shared_lease *, struct buf *why) MUST_CHECK;
/* failed: why the server does not serve; NULL: it did. */
void shared_link_give(struct shared_link *, struct shared_lease *, const struct buf *failed);
/* Give back without judging the server; good: the connection can be used again. */
void shared_link_return(struct shared_link *, struct shared_lease *, bool good);

const struct shared_target *shared_link_target(const struct shared_link *);
bool shared_link_is_up(struct shared_link *);
/* Why it is down; empty when it is up. */
void shared_link_why(struct shared_link *, char why[SHARED_WHY]);

#endif
