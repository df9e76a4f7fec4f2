/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* week.h - the records of one week: a file of SQLite, and what finds things in it
 *
 * Input    as records.h
 * Units    milliseconds; `n` is the number of a record in its file, growing with time
 * Limits   as records.h
 * Memory   heap; week_close
 * Errors   RC_TEMP: locked too long, disk full or damaged
 * Threads  a struct week belongs to one thread; several threads and processes may have the same file open
 * Source   sqlite.org/wal.html
 *
 * STATE_DIR/ledger/2026-W48.db has the records: a commit appends to it. 2026-W48.idx beside it says which
 * record has which observable; it is made of the first, later and in large sorted pieces (week_index), so that no
 * commit waits for its random pages. What it does not have yet is looked for in the records themselves.
 */
#ifndef STORE_WEEK_H
#define STORE_WEEK_H

#include <limits.h>

#include "store/db.h"
#include "store/records_ops.h"

enum { WEEK_NAME = 16, WEEK_VERSION = 2 };

struct week {
	char name[WEEK_NAME];		/* "2026-W48"; empty: not open */
	char path[PATH_MAX];		/* of the .db */
	sqlite3 *db;
	sqlite3_stmt *put, *put_doc, *put_rcpt, *event, *number;	/* of one that writes */
};

void week_name(int64_t wall_ms, char out[WEEK_NAME]);
bool week_is_name(struct str);

/* dir: STATE_DIR/ledger. A file of an older version becomes one of today's. RC_NONE: there is no such week. RC_BAD: it
 * is of a newer version, and is left alone. */
enum rc week_open(struct week *, const char *dir, const char *name, enum db_mode, int wait_ms) MUST_CHECK;
void week_close(struct week *);

/* Within one transaction: week_begin, any number of these, week_commit or week_back. */
enum rc week_begin(struct week *) MUST_CHECK;
enum rc week_put(struct week *, const struct record *) MUST_CHECK;
enum rc week_event(struct week *, const struct record_event *) MUST_CHECK;	/* RC_NONE: no such record */
enum rc week_commit(struct week *) MUST_CHECK;
void week_back(struct week *);

enum rc week_get(struct week *, struct pool *, struct str id, struct record *out, struct vec *events) MUST_CHECK;
enum rc week_move(struct week *, const struct records_step *, size_t *moved) MUST_CHECK;
/* RC_NONE: `each` wants no more. *n: how many it got. */
enum rc week_find(struct week *, const struct records_query *, bool (*each)(void *, const struct record *), void *arg,
    size_t *n) MUST_CHECK;
enum rc week_entries(struct week *, const struct entries_query *, bool (*each)(void *, const struct entry *), void *arg,
    size_t *n) MUST_CHECK;
enum rc week_sums(struct week *, enum records_column, int64_t since_ms, int64_t until_ms,
    void (*each)(void *, const struct records_sum *), void *arg) MUST_CHECK;
bool week_holds(struct week *);		/* somebody's mail */

/* Bring the index up to date, when `most` records wait or `now` is set. *left: how many still wait. */
enum rc week_index(struct week *, bool now) MUST_CHECK;
size_t week_waits(struct week *);	/* records that the index does not have yet */
/* Take what is in the WAL over into the file, as far as nobody is disturbed. */
void week_checkpoint(struct week *);

/* Oldest first: see records_page and records_lines. */
enum rc week_page(struct week *, struct pool *, const struct records_range *, struct vec *out) MUST_CHECK;
enum rc week_lines(struct week *, struct pool *, const struct records_range *, struct vec *out) MUST_CHECK;

/* For week_*.c */
#define WEEK_COLUMNS "m.id,m.time_ms,m.node,m.queue_id,m.message_id,m.mail_from,m.header_from,m.subject,m.client," \
    "m.verdict,m.findings,m.sender_group,m.body,m.size,m.score,m.outcome,m.complete"
enum { WEEK_COLUMN_N = 17 };
void week_row(sqlite3_stmt *, struct record *out);	/* borrows until the next step */
#define WEEK_RCPT_COLUMNS "r.address,r.policy,r.outcome,r.state,r.kind,r.expires_ms,r.changed_ms"
struct record_rcpt week_rcpt(sqlite3_stmt *, int first);

#endif
