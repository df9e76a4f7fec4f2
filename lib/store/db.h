/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* db.h - SQLite in the words of this house
 *
 * Input    statements of ours; values of anybody, always bound
 * Units    milliseconds
 * Limits   a statement waits `wait_ms` for another process that writes
 * Memory   db_text borrows until the next step
 * Errors   RC_TEMP: locked too long, disk full or damaged; db_error says which
 * Threads  a connection belongs to one thread at a time
 * Source   sqlite.org: WAL, synchronous, busy_timeout
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"

enum db_mode { DB_READ, DB_WRITE, DB_MAKE };

/* RC_NONE: no such file. durable: a commit is on the disk when it returns. */
enum rc db_open(const char *path, enum db_mode, bool durable, int wait_ms, sqlite3 **out) MUST_CHECK;
void db_close(sqlite3 **);
enum rc db_exec(sqlite3 *, const char *sql) MUST_CHECK;
/* Kept by the caller: db_done. NULL: it cannot be prepared. */
sqlite3_stmt *db_prepare(sqlite3 *, const char *sql);
void db_done(sqlite3_stmt **);

void db_bind(sqlite3_stmt *, int at, struct str);	/* borrowed until the next bind or reset */
void db_bind_blob(sqlite3_stmt *, int at, struct str);
void db_bind_num(sqlite3_stmt *, int at, int64_t);
struct str db_text(sqlite3_stmt *, int column);
int64_t db_num(sqlite3_stmt *, int column);

/* Run it to its end and make it ready again. RC_OK; rows are not looked at. */
enum rc db_run(sqlite3_stmt *) MUST_CHECK;
/* RC_OK: a row is there; RC_NONE: no more, and it is ready again. */
enum rc db_step(sqlite3_stmt *) MUST_CHECK;
/* One number, or what it is without a row. */
int64_t db_value(sqlite3 *, const char *sql, int64_t otherwise);

#endif
