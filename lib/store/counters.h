/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* counters.h - numbers under names, of this node or shared by several
 *
 * Input    keys: a kind and a name ("rcpt/ip", "192.0.2.1"); names may come from the client
 * Units    milliseconds; wall clock of the caller, given to each call
 * Limits   COUNTER_KEY bytes of a name (longer ones are hashed), conf.entries_max in memory: the
 *          longest unused go first; conf.deadline_ms for one call, whatever it asks for
 * Memory   results are plain numbers in the caller's ops
 * Errors   none: a shared store that is slow or gone is replaced by this node's own counters
 *          until it answers again, and the log and counters_status say so
 * Threads  any
 * Source   Redis commands on one key each, so that Sentinel and Cluster both serve
 *
 * Three kinds of number:
 *	COUNT_RATE     how much in the last `window`: sliding, of two fixed windows
 *	COUNT_HISTORY  good and bad with a half-life, first and last time seen
 *	COUNT_MARK     when a name was seen first, last, how often; forgotten `window` after the last
 */
#ifndef STORE_COUNTERS_H
#define STORE_COUNTERS_H

#include "base/buf.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/rc.h"
#include "conf/opt.h"

enum { COUNTER_KEY = 200, COUNTER_OPS = 64 };

enum counter_type { COUNT_RATE, COUNT_HISTORY, COUNT_MARK };

/* One operation: add (0: only read), then read. */
struct counter_op {
	enum counter_type type;
	const char *kind;		/* constant of the program: "history/ip" */
	struct str name;
	int64_t window_ms;		/* RATE: the window; HISTORY: the half-life; MARK: how long it is kept */
	int64_t add;			/* RATE, MARK */
	double good, bad;		/* HISTORY: to add */
	/* results */
	int64_t count;			/* RATE: in the window, with what was added; MARK: how often */
	double good_now, bad_now;	/* HISTORY: decayed to now, with what was added */
	int64_t first_ms, last_ms;	/* HISTORY, MARK: wall clock before this call; 0: never seen */
};

enum counters_backend { COUNTERS_MEMORY, COUNTERS_REDIS };

struct counters_conf {
	int backend;			/* enum counters_backend */
	int64_t entries_max;
	int64_t snapshot_ms;		/* memory: how often state_dir/counters is written */
	int64_t deadline_ms;		/* redis: of one call */
	int64_t retry_ms;		/* redis: how long it is left alone after a failure */
	struct str redis_address;	/* host:port or unix:/path */
	struct opt_list redis_sentinels; /* host:port; then redis_master names the service */
	struct str redis_master;
	struct str redis_user, redis_password_file;
	int64_t redis_db;
	struct str redis_prefix;	/* of all keys; 100 bytes at most */
};
extern const struct opt_table counters_table;

struct counters;

/* dir: where the snapshot lives; empty: there is none. RC_BAD: the configuration cannot be used. A
 * shared store that does not answer at start is no error. conf is borrowed. */
enum rc counters_new(const struct counters_conf *, struct str dir, struct log_ctx, struct counters **out,
    struct buf *why) MUST_CHECK;
/* Writes the snapshot. */
void counters_free(struct counters **);
/* The same, while all go on counting. */
void counters_save(struct counters *);

/* Carry out up to COUNTER_OPS operations, together. now_ms: clock_wall_ms(), or the time that a
 * test makes up; times in the results are on the same clock. counters NULL: all read as 0. */
void counters_run(struct counters *, int64_t now_ms, struct counter_op *, size_t n);
/* Forget one name of a kind; true: there was one. */
bool counters_forget(struct counters *, const char *kind, struct str name);

/* Entries of a kind in this node's memory or the shared store, at most `max`; names in the pool. */
struct counter_entry {
	struct str name;
	struct counter_op value;
};
size_t counters_list(struct counters *, const char *kind, struct pool *, struct counter_entry *out, size_t max);

struct counters_status {
	const char *backend;		/* "memory", "redis", "redis: down, using memory" */
	char why[200];			/* why Redis is down; else empty */
	uint64_t entries, calls, fallbacks, evicted;
	int64_t snapshot_age_ms;	/* -1: none written yet */
};
void counters_status(struct counters *, struct counters_status *);

#endif
