/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* records.h - the ledger and the quarantine of this site: one interface, several backends
 *
 * Input    records and events (record.h); queries of operators and people
 * Units    milliseconds; deadlines are monotonic (base/clock.h)
 * Limits   RECORDS_TERMS terms of a query; RECORDS_QUEUE records wait for a commit
 * Memory   results live in the given pool, or until the callback returns
 * Errors   RC_TEMP: the store does not take it or does not answer now. RC_NONE: there is no such record, or
 *          none in that state. A gate's record or event that the backend does not take goes to the spill
 *          (records_spill.h) and counts as stored: it is written when the backend is well again. RC_BAD, for a
 *          tool: the backend will never take it
 * Threads  any call any function; open and close by one
 * Source   records_ops.h: what a backend is. What is stored is durable when a call returns RC_OK
 */
#ifndef STORE_RECORDS_H
#define STORE_RECORDS_H

#include "base/log.h"
#include "base/rc.h"
#include "conf/opt.h"
#include "store/record.h"

enum { RECORDS_TERMS = 64, RECORDS_QUEUE = 8192, RECORDS_PAGE_BYTES = 16 * 1024 * 1024 };

enum records_backend { RECORDS_SQLITE, RECORDS_POSTGRESQL, RECORDS_BACKENDS };

struct records_conf {
	int backend;			/* enum records_backend */
	int64_t deadline_ms;		/* of a call */
	struct str postgres, postgres_password_file;
};
extern const struct opt_table records_table;

enum records_use {
	RECORDS_GATE,			/* threads of its own: commits of many at once, index, spill */
	RECORDS_TOOL			/* sekimorictl, jobs, web: each call is a transaction of its own */
};

struct records;

/* RC_BAD, RC_TEMP: `why` says it in one line. */
enum rc records_open(const struct records_conf *, struct str state_dir, enum records_use, struct log_ctx,
    struct records **out, struct buf *why) MUST_CHECK;
/* Writes what waits. No call may be under way. */
void records_close(struct records **);

/* A record whose id is there already is not written twice. */
enum rc records_put(struct records *, const struct record *, int64_t deadline_ms) MUST_CHECK;
enum rc records_event(struct records *, const struct record_event *, int64_t deadline_ms) MUST_CHECK;

/* Everything; what it can be found by as prints. events: a vec of struct record_event, oldest first; or NULL. */
enum rc records_get(struct records *, struct pool *, struct str id, struct record *out, struct vec *events)
    MUST_CHECK;

struct records_query {
	const struct observable *terms;	/* all must hold */
	size_t n_terms;
	struct str subject, verdict;	/* subject: within it; empty: any */
	int outcome;			/* enum intercept; -1: any */
	int64_t since_ms, until_ms;	/* until 0: now */
	struct str before;		/* an id: go on behind it; or empty */
	size_t max;			/* 0: no end */
};
/* Newest first, without doc, rcpts and prints. each: false ends it. */
enum rc records_find(struct records *, const struct records_query *,
    bool (*each)(void *arg, const struct record *), void *arg) MUST_CHECK;

/* What is in the quarantine: a recipient of a record. */
struct entry {
	struct record record;		/* as records_find gives it */
	size_t number;			/* of the recipient, from 1 */
	struct record_rcpt rcpt;
};
struct entries_query {
	unsigned states, kinds;		/* bits 1 << enum; 0: any that is kept, any */
	struct str rcpt;		/* of this person; empty: of all */
	int64_t since_ms, until_ms;	/* of the message; until 0: now */
	int64_t expired_by_ms;		/* its time is over by then; 0: whatever */
	int64_t changed_by_ms;		/* its state is older; 0: whatever */
	struct str before;		/* an id */
	size_t max;			/* 0: no end */
};
/* Newest message first. */
enum rc records_entries(struct records *, const struct entries_query *,
    bool (*each)(void *arg, const struct entry *), void *arg) MUST_CHECK;

/* All recipients (number 0) or one, as far as they are in one of the states `from` (bits), go to the state
 * `to`, with the event, at once or not at all. RC_NONE: nobody was: whoever gets RC_OK is the only one. */
struct records_step {
	struct str id;
	size_t number;
	unsigned from;
	int64_t changed_ms;		/* only those who came to it at that moment; 0: whenever */
	enum entry_state to;
	int64_t to_ms;			/* the moment of the new state; 0: that of the event */
	struct record_event event;	/* id and time are filled in; without a kind: none */
};
enum rc records_move(struct records *, const struct records_step *, size_t *moved) MUST_CHECK;

/* Sums over all messages of a time. */
enum records_column {
	RECORDS_SENDER, RECORDS_FROM, RECORDS_CLIENT, RECORDS_VERDICT, RECORDS_OUTCOME, RECORDS_GROUP, RECORDS_RCPT,
	RECORDS_FINDINGS,		/* as they stand in a record, together */
	RECORDS_HOUR,			/* hours since 1970 */
	RECORDS_COLUMNS
};
struct records_sum {
	struct str key;			/* a text, or a number in decimal */
	uint64_t messages, bytes;	/* of RECORDS_RCPT: one for each recipient */
};
/* In no order; a key may come several times, the sums are to be added. */
enum rc records_sums(struct records *, enum records_column, int64_t since_ms, int64_t until_ms,
    void (*each)(void *arg, const struct records_sum *), void *arg) MUST_CHECK;

/* Forget what is older, in whole weeks; a week in which somebody's mail is held stays. */
enum rc records_purge(struct records *, int64_t before_ms, size_t *weeks) MUST_CHECK;

/* All records in the order of their ids, some at a time: records_copy.h goes on behind the last of them. */
struct records_range {
	struct str after;		/* an id, or one made of a time; empty: from the first */
	struct str last;		/* to this one; empty: to the end */
	size_t max;
};
struct records_whole {
	struct record record;
	struct vec events;
};
/* Appends struct records_whole: max of them, fewer when they are large; none: there are no more. */
enum rc records_page(struct records *, struct pool *, const struct records_range *, struct vec *out) MUST_CHECK;
/* The same with little effort: what tells whether two stores have the same of a message. */
struct records_line {
	struct str id;
	int64_t rcpts, states, changed, events;
};
enum rc records_lines(struct records *, struct pool *, const struct records_range *, struct vec *out) MUST_CHECK;

/* Many at once, with the result in each: of a tool, not of a gate. */
struct records_item;
void records_write(struct records *, struct records_item *, size_t n);
/* All that is stored gets the form of this version, and is indexed. May take minutes. *n: what had to be changed. */
enum rc records_settle(struct records *, size_t *n) MUST_CHECK;

struct records_status {
	uint64_t put, spilled, waiting;	/* spilled: in the spill now */
	uint64_t refused;		/* that the store will never take, in a file beside it */
	int64_t commit_us;		/* of late */
	bool down;			/* the backend */
};
void records_status(const struct records *, struct records_status *);

#endif
