/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/week_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

enum { COMMON = 1000, WAIT_MS = 2000, OBS_BYTES = 8, FIRST_PAIRS = 64 * 1024 };

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS obs(hash INTEGER, n INTEGER, PRIMARY KEY(hash, n)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS upto(n INTEGER);";

static void
index_path(const struct week *w, char out[PATH_MAX])
{
	size_t n = strlen(w->path);

	snprintf(out, PATH_MAX, "%.*sidx", (int)(n - 2), w->path);
}

/* ---- making it ---- */

struct pair {
	int64_t hash, n;
};

struct pairs {
	struct pair *item;
	size_t n, cap;
};

static void
take(struct pairs *p, int64_t n, struct str obs)
{
	for (; obs.n >= OBS_BYTES; obs = str_from(obs, OBS_BYTES)) {
		if (p->n == p->cap) {
			p->cap = p->cap ? 2 * p->cap : FIRST_PAIRS;
			p->item = realloc(p->item, p->cap * sizeof(*p->item));
			if (!p->item)
				abort();
		}
		memcpy(&p->item[p->n].hash, obs.p, OBS_BYTES);
		p->item[p->n++].n = n;
	}
}

static int
by_hash(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->n < y->n ? -1 : x->n > y->n;
}

/* The records behind `from`; *last: the number of the last of them. */
static enum rc
read_new(struct week *w, int64_t from, struct pairs *out, int64_t *last)
{
	sqlite3_stmt *st = db_prepare(w->db, "SELECT n,obs FROM doc WHERE n>? ORDER BY n LIMIT ?");
	enum rc rc = RC_TEMP;

	if (st) {
		db_bind_num(st, 1, from);
		db_bind_num(st, 2, WEEK_INDEX_BATCH);
	}
	while (st && (rc = db_step(st)) == RC_OK) {
		*last = db_num(st, 0);
		take(out, *last, db_text(st, 1));
	}
	db_done(&st);
	return rc == RC_NONE ? RC_OK : rc;
}

/* In order, so that each page of the tree is touched once. */
static enum rc
write_pairs(sqlite3 *x, struct pairs *p, int64_t last)
{
	sqlite3_stmt *add = db_prepare(x, "INSERT OR IGNORE INTO obs VALUES(?,?)");
	sqlite3_stmt *upto = db_prepare(x, "INSERT INTO upto VALUES(?)");
	enum rc rc = add && upto ? db_exec(x, "BEGIN IMMEDIATE; DELETE FROM upto") : RC_TEMP;

	if (p->n)
		qsort(p->item, p->n, sizeof(*p->item), by_hash);
	for (size_t i = 0; rc == RC_OK && i < p->n; i++) {
		db_bind_num(add, 1, p->item[i].hash);
		db_bind_num(add, 2, p->item[i].n);
		rc = db_run(add);
	}
	if (rc == RC_OK) {
		db_bind_num(upto, 1, last);
		rc = db_run(upto);
	}
	if (rc == RC_OK)
		rc = db_exec(x, "COMMIT");
	else if (add && upto)
		rc = db_exec(x, "ROLLBACK") == RC_OK ? rc : RC_TEMP;
	db_done(&add);
	db_done(&upto);
	return rc;
}

static enum rc
index_some(struct week *w, sqlite3 *x, bool now)
{
	int64_t done = db_value(x, "SELECT max(n) FROM upto", 0), last = 0;
	int64_t newest = db_value(w->db, "SELECT max(n) FROM doc", 0);
	struct pairs pairs = { .item = NULL };
	enum rc rc;

	if (newest <= done || (!now && newest - done < WEEK_INDEX_BATCH))
		return RC_NONE;
	rc = read_new(w, done, &pairs, &last);
	if (rc == RC_OK && last > done)
		rc = write_pairs(x, &pairs, last);
	free(pairs.item);
	return rc;
}

enum rc
week_index(struct week *w, bool now)
{
	char path[PATH_MAX];
	sqlite3 *x = NULL;
	enum rc rc;

	index_path(w, path);
	rc = db_open(path, DB_MAKE, false, WAIT_MS, &x);
	if (rc == RC_OK)
		rc = db_exec(x, schema);
	if (rc == RC_OK)
		rc = db_exec(x, "PRAGMA cache_size=-131072; PRAGMA wal_autocheckpoint=4000");
	while (rc == RC_OK)
		rc = index_some(w, x, now);
	if (x && (sqlite3_errcode(x) == SQLITE_CORRUPT || sqlite3_errcode(x) == SQLITE_NOTADB)) {
		db_close(&x);
		unlink(path);
	}
	db_close(&x);
	return rc == RC_NONE ? RC_OK : rc;
}

size_t
week_waits(struct week *w)
{
	int64_t newest = db_value(w->db, "SELECT max(n) FROM doc", 0), done = 0;
	char path[PATH_MAX];
	sqlite3 *x = NULL;

	index_path(w, path);
	if (db_open(path, DB_READ, false, WAIT_MS, &x) == RC_OK)
		done = db_value(x, "SELECT max(n) FROM upto", 0);
	db_close(&x);
	return newest > done ? (size_t)(newest - done) : 0;
}

/* ---- asking it ---- */

/* has_observable(obs, number): in a record that the index does not have yet. */
static void
has_observable(sqlite3_context *ctx, int n, sqlite3_value **arg)
{
	const char *p = sqlite3_value_blob(arg[0]);
	size_t len = (size_t)sqlite3_value_bytes(arg[0]);
	int64_t want = sqlite3_value_int64(arg[1]), have;

	(void)n;
	for (size_t at = 0; p && at + OBS_BYTES <= len; at += OBS_BYTES) {
		memcpy(&have, p + at, OBS_BYTES);
		if (have == want) {
			sqlite3_result_int(ctx, 1);
			return;
		}
	}
	sqlite3_result_int(ctx, 0);
}

/* How many records have it, as far as that matters. */
static int64_t
how_common(struct week *w, int64_t number)
{
	char sql[160];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM (SELECT 1 FROM x.obs WHERE hash=%lld LIMIT %d)", (long long)number,
	    COMMON);
	return db_value(w->db, sql, COMMON);
}

static void
rarest_first(struct week *w, struct week_search *s)
{
	int64_t least = COMMON + 1;
	size_t best = 0;

	for (size_t i = 0; i < s->n && s->n > 1; i++) {
		int64_t common = how_common(w, s->number[i]);

		if (common < least) {
			least = common;
			best = i;
		}
	}
	if (best > 0) {
		int64_t first = s->number[0];

		s->number[0] = s->number[best];
		s->number[best] = first;
	}
}

static enum rc
attach(struct week *w)
{
	char path[PATH_MAX];
	sqlite3_stmt *st;
	enum rc rc = RC_TEMP;

	index_path(w, path);
	if (access(path, F_OK) != 0)
		return RC_NONE;
	st = db_prepare(w->db, "ATTACH ? AS x");
	if (st) {
		db_bind(st, 1, str_of(path));
		rc = db_run(st);
	}
	db_done(&st);
	return rc;
}

enum rc
week_search(struct week *w, const struct observable *terms, size_t n, struct week_search *out)
{
	*out = (struct week_search){ .n = n < RECORDS_TERMS ? n : RECORDS_TERMS };
	for (size_t i = 0; i < out->n; i++)
		out->number[i] = observable_number(&terms[i]);
	if (sqlite3_create_function(w->db, "has_observable", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, has_observable,
	    NULL, NULL) != SQLITE_OK)
		return RC_TEMP;
	if (attach(w) == RC_OK)
		out->upto = db_value(w->db, "SELECT max(n) FROM x.upto", 0);
	if (out->upto)
		rarest_first(w, out);
	return RC_OK;
}
