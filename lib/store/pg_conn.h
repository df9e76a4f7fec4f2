/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* pg_conn.h - a few connections to a PostgreSQL server, with deadlines on every step
 *
 * Input    a connection string of libpq; a password in a file of its own; statements with parameters
 * Units    deadlines are monotonic milliseconds
 * Limits   PG_POOL connections, PG_PARAMS parameters of a statement, PG_BATCH statements at once
 * Memory   results are the caller's (PQclear)
 * Errors   RC_TEMP: no server, no answer in time, or it refuses; the connection is given up unless it answered.
 *          RC_BAD: the string or the password file is wrong
 * Threads  any; a connection belongs to one between pg_take and pg_give
 * Source   libpq's asynchronous interface. Looking up a host's name is libpq's and has the resolver's own time
 */
#ifndef STORE_PG_CONN_H
#define STORE_PG_CONN_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/rc.h"

enum { PG_POOL = 4, PG_PARAMS = 128, PG_BATCH = 1024 };

struct pg;

struct pg_conn {
	PGconn *pq;		/* NULL: not connected */
	bool taken;
	bool refused;		/* the server answered the last statement with an error */
	char state[6];		/* its SQLSTATE, or empty */
};

/* A statement with its values; texts are made fit for a store (record_text), binary is taken as it is. */
struct pg_query {
	const char *sql;
	int n;
	const char *value[PG_PARAMS];
	int bytes[PG_PARAMS], format[PG_PARAMS];
};

/* ready: called with each new connection, before anything else. */
enum rc pg_open(struct str conninfo, struct str password_file, struct log_ctx,
    enum rc (*ready)(void *arg, struct pg_conn *, int64_t deadline_ms), void *arg, struct pg **out, struct buf *why)
    MUST_CHECK;
void pg_close(struct pg **);

enum rc pg_take(struct pg *, int64_t deadline_ms, struct pg_conn **out) MUST_CHECK;
void pg_give(struct pg *, struct pg_conn *);
/* What the server or libpq said last, one line. */
void pg_why(struct pg *, struct buf *);

void pg_text(struct pg_query *, struct pool *, struct str);
void pg_number(struct pg_query *, struct pool *, int64_t);
void pg_bytes(struct pg_query *, struct str);

/* out may be NULL. */
enum rc pg_run(struct pg_conn *, const struct pg_query *, int64_t deadline_ms, PGresult **out) MUST_CHECK;
/* Several statements without parameters, parted by ';': one transaction. */
enum rc pg_script(struct pg_conn *, const char *sql, int64_t deadline_ms) MUST_CHECK;
/* All in one transaction with one wait for the server; or none of them. */
enum rc pg_batch(struct pg_conn *, const struct pg_query *const *, size_t n, int64_t deadline_ms) MUST_CHECK;

/* What was refused is refused again, however often it is sent: the values themselves do not fit. */
bool pg_for_good(const struct pg_conn *);

struct str pg_cell(const PGresult *, int row, int column);
int64_t pg_cell_number(const PGresult *, int row, int column);

#endif
