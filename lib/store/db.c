/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/db.h"

#include <assert.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/clock.h"

enum { AGAIN_MS = 2 };

static enum rc
result(int e)
{
	return e == SQLITE_OK || e == SQLITE_DONE ? RC_OK : e == SQLITE_ROW ? RC_OK : RC_TEMP;
}

/* SQLite itself does not wait here for another connection that does the same. */
static enum rc
use_wal(sqlite3 *db, int wait_ms)
{
	int64_t by_ms = clock_mono_ms() + wait_ms;
	int e;

	do
		e = sqlite3_exec(db, "PRAGMA page_size=8192; PRAGMA journal_mode=WAL;", NULL, NULL, NULL);
	while (e == SQLITE_BUSY && clock_left_ms(by_ms) > 0 && sqlite3_sleep(AGAIN_MS) >= 0);
	return result(e);
}

static enum rc
prepare_file(sqlite3 *db, enum db_mode mode, bool durable, int wait_ms)
{
	enum rc rc = RC_OK;

	if (mode == DB_MAKE)
		rc = use_wal(db, wait_ms);
	if (rc == RC_OK && mode != DB_READ)
		rc = db_exec(db, durable ? "PRAGMA synchronous=FULL;" : "PRAGMA synchronous=NORMAL;");
	if (rc != RC_OK)
		return rc;
	return db_exec(db, "PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;");
}

enum rc
db_open(const char *path, enum db_mode mode, bool durable, int wait_ms, sqlite3 **out)
{
	int flags = SQLITE_OPEN_NOMUTEX | (mode == DB_MAKE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE :
	    SQLITE_OPEN_READWRITE);
	struct stat st;
	enum rc rc;

	*out = NULL;
	if (mode != DB_MAKE && stat(path, &st) != 0)
		return RC_NONE;
	if (sqlite3_open_v2(path, out, flags, NULL) != SQLITE_OK) {
		db_close(out);
		return RC_TEMP;
	}
	sqlite3_busy_timeout(*out, wait_ms);
	rc = prepare_file(*out, mode, durable, wait_ms);
	if (rc != RC_OK)
		db_close(out);
	return rc;
}

void
db_close(sqlite3 **at)
{
	int e = sqlite3_close(*at);

	assert(e == SQLITE_OK);		/* every statement is done */
	(void)e;
	*at = NULL;
}

enum rc
db_exec(sqlite3 *db, const char *sql)
{
	return result(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

sqlite3_stmt *
db_prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		return NULL;
	return st;
}

void
db_done(sqlite3_stmt **at)
{
	sqlite3_finalize(*at);
	*at = NULL;
}

/* SQLite makes NULL of a NULL pointer, which is not the empty text. */
void
db_bind(sqlite3_stmt *st, int at, struct str s)
{
	sqlite3_bind_text64(st, at, s.n ? s.p : "", s.n, SQLITE_STATIC, SQLITE_UTF8);
}

void
db_bind_blob(sqlite3_stmt *st, int at, struct str s)
{
	sqlite3_bind_blob64(st, at, s.n ? s.p : "", s.n, SQLITE_STATIC);
}

void
db_bind_num(sqlite3_stmt *st, int at, int64_t n)
{
	sqlite3_bind_int64(st, at, n);
}

struct str
db_text(sqlite3_stmt *st, int column)
{
	const void *p = sqlite3_column_blob(st, column);

	return (struct str){ p, p ? (size_t)sqlite3_column_bytes(st, column) : 0 };
}

int64_t
db_num(sqlite3_stmt *st, int column)
{
	return sqlite3_column_int64(st, column);
}

enum rc
db_run(sqlite3_stmt *st)
{
	int e;

	while ((e = sqlite3_step(st)) == SQLITE_ROW)
		;
	sqlite3_reset(st);
	return result(e);
}

enum rc
db_step(sqlite3_stmt *st)
{
	int e = sqlite3_step(st);

	if (e == SQLITE_ROW)
		return RC_OK;
	sqlite3_reset(st);
	return e == SQLITE_DONE ? RC_NONE : RC_TEMP;
}

int64_t
db_value(sqlite3 *db, const char *sql, int64_t otherwise)
{
	sqlite3_stmt *st = db_prepare(db, sql);
	int64_t value = otherwise;

	if (st && db_step(st) == RC_OK)
		value = db_num(st, 0);
	db_done(&st);
	return value;
}
