/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "recipient/cf.h"
#include "recipient/server.h"

/* PROGRESS: instructions of SQLite's machine between two looks at the clock. */
enum { PROGRESS = 1000 };

static const struct cf_name names[] = {
	{ "dbpath", NULL, NULL },
	{ "query", NULL, NULL },
	{ "domain", "", NULL },
	{ "result_format", "%s", NULL },	/* only whether there is a row counts */
	{ "expansion_limit", "0", NULL },
	{ "select_field", NULL, "is the old form; write a `query`" },
	{ "table", NULL, "is the old form; write a `query`" },
	{ "where_field", NULL, "is the old form; write a `query`" },
	{ "additional_conditions", NULL, "is the old form; write a `query`" },
	{ .name = NULL }
};

struct database {
	struct pool *pool;
	const char *path;
	struct str query, domains;
};

static int
is_late(void *deadline)
{
	return clock_left_ms(*(int64_t *)deadline) == 0;
}

static enum rc
failed(sqlite3 *db, struct buf *why)
{
	buf_adds(why, sqlite3_errmsg(db));
	return RC_TEMP;
}

static enum rc
run_query(sqlite3 *db, struct str query, struct buf *why)
{
	sqlite3_stmt *st = NULL;
	enum rc rc;
	int e = sqlite3_prepare_v2(db, query.p, (int)query.n, &st, NULL);

	if (e != SQLITE_OK)
		return failed(db, why);
	do
		e = sqlite3_step(st);
	/* As in Postfix: rows without text are none. */
	while (e == SQLITE_ROW && sqlite3_column_bytes(st, 0) == 0);
	rc = e == SQLITE_ROW ? RC_OK : e == SQLITE_DONE ? RC_NONE : failed(db, why);
	sqlite3_finalize(st);
	return rc;
}

static enum rc
ask_keys(const struct database *d, sqlite3 *db, struct str question, struct buf *why)
{
	enum rc rc = RC_NONE;
	struct str key;
	struct buf query;

	buf_init(&query, CF_QUERY);
	while (rc == RC_NONE && str_next(&question, '\n', &key)) {
		struct cf_key k = cf_key(key);

		buf_reset(&query);
		if (cf_wants(d->domains, &k) && cf_expand(d->query, &k, CF_SQL, &query))
			rc = run_query(db, buf_str(&query), why);
	}
	buf_clear(&query);
	return rc;
}

/* Another file under the same name is seen at once: files are opened for each question. It costs
 * some microseconds, and answers are cached. */
static enum rc
ask(void *arg, void **state, struct str question, int64_t deadline_ms, struct buf *why)
{
	const struct database *d = arg;
	sqlite3 *db = NULL;
	enum rc rc;

	(void)state;
	if (sqlite3_open_v2(d->path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(db, clock_left_ms(deadline_ms));
		sqlite3_progress_handler(db, PROGRESS, is_late, &deadline_ms);
		rc = ask_keys(d, db, question, why);
	} else {
		rc = failed(db, why);
	}
	sqlite3_close(db);
	return rc;
}

static void
hang_up(void *state)
{
	(void)state;
}

static void
done(void *arg)
{
	struct database *d = arg;
	struct pool *pool = d->pool;

	pool_free(&pool);
}

static const struct asker_ops ops = { ask, hang_up, done };

enum rc
server_sqlite(const char *path, struct server *out, struct buf *why)
{
	struct pool *pool = pool_new(0);
	struct database *d = pool_alloc(pool, sizeof(*d));
	const char *bad;
	struct cf cf;
	enum rc rc = cf_read(pool, path, names, &cf, why);

	*d = (struct database){ .pool = pool, .query = cf_get(&cf, "query"), .domains = cf_get(&cf, "domain") };
	if (rc == RC_OK) {
		d->path = pool_cstr(pool, cf_get(&cf, "dbpath"));
		bad = cf_bad_query(d->query, CF_SQL);
		if (bad)
			rc = cf_error(&cf, "query", bad, why);
		if (access(d->path, R_OK) != 0)
			rc = cf_error(&cf, "dbpath", "cannot be read", why);
	}
	if (rc != RC_OK)
		pool_free(&pool);
	else
		*out = (struct server){ &ops, d };
	return rc;
}
