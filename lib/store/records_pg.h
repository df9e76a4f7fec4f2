/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* records_pg.h - records in PostgreSQL: what its files share
 *
 * Input    as records.h
 * Units    milliseconds
 * Limits   PG_WEEKS weeks whose tables are known to be there; PG_PAGE rows of an answer at a time
 * Memory   as records.h
 * Errors   as records_ops.h; after RC_TEMP of a commit whose answer did not come it may be stored
 *          nevertheless: the same item again changes nothing. records_move: RC_TEMP is not done, now or later,
 *          unless the server cannot be asked about it either, which the log tells
 * Threads  as records_ops.h; no connection is held while `each` is called
 * Source   pg_conn.h, pg_schema.h
 */
#ifndef STORE_RECORDS_PG_H
#define STORE_RECORDS_PG_H

#include <pthread.h>

#include "store/pg_conn.h"
#include "store/pg_schema.h"
#include "store/records_ops.h"

enum { PG_WEEKS = 64, PG_PAGE = 500 };

struct records_pg {
	struct pg *pg;
	struct log_ctx lc;
	int64_t deadline_ms;
	int64_t week[PG_WEEKS];		/* those known, as numbers; only the writer */
	size_t weeks;
};

enum rc records_pg_get(void *, struct pool *, struct str id, struct record *out, struct vec *events) MUST_CHECK;
enum rc records_pg_find(void *, const struct records_query *, bool (*each)(void *, const struct record *), void *arg)
    MUST_CHECK;
enum rc records_pg_entries(void *, const struct entries_query *, bool (*each)(void *, const struct entry *), void *arg)
    MUST_CHECK;
enum rc records_pg_sums(void *, enum records_column, int64_t since_ms, int64_t until_ms,
    void (*each)(void *, const struct records_sum *), void *arg) MUST_CHECK;

enum rc records_pg_move(void *, const struct records_step *, size_t *moved) MUST_CHECK;
enum rc records_pg_page(void *, struct pool *, const struct records_range *, struct vec *out) MUST_CHECK;
enum rc records_pg_lines(void *, struct pool *, const struct records_range *, struct vec *out) MUST_CHECK;

/* Rows of WEEK_COLUMNS and WEEK_RCPT_COLUMNS: they borrow from the result, copies do not. */
void records_pg_row(const PGresult *, int row, struct record *out);
void records_pg_copy(struct pool *, struct record *);
struct record_rcpt records_pg_rcpt(const PGresult *, int row, int first);
struct str records_pg_binary(struct pool *, const PGresult *, int row, int column);
/* The bytes of doc.obs. */
void records_pg_prints(struct pool *, struct str bytes, struct record *out);

/* A statement of its own on a connection of the pool. */
enum rc records_pg_ask(const struct records_pg *, const struct pg_query *, PGresult **out) MUST_CHECK;

#endif
