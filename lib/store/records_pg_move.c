/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A change of state: whoever is told that it was made is the only one. The answer to COMMIT can be lost with the
 * connection; then the server is asked what became of the transaction, which it knows by number. What never came to
 * COMMIT was not done, also when the server goes on with it after our deadline. */
#include "store/records_pg.h"

#include <time.h>

#include "base/clock.h"

/* ASK_MS: between two questions. */
enum { ASK_MS = 50, NS_PER_MS = 1000000 };

/* Rows that another has just moved are looked at again when it has committed. */
static const char move_sql[] = "WITH u AS (UPDATE rcpt SET state=$2::integer, changed_ms=$3::bigint WHERE id=$1"
    " AND ($4::integer=0 OR number=$4::integer) AND (1 << state) & $5::integer <> 0"
    " AND ($6::bigint=0 OR changed_ms=$6::bigint) RETURNING id),"
    " e AS (INSERT INTO event SELECT DISTINCT u.id,$7::bigint,md5(concat_ws(E'\\x01',$8::text,$10::text,$9::text)),"
    "$8::text,$9::text,$10::text,$11::bytea FROM u WHERE $8::text<>''"
    " ON CONFLICT DO NOTHING) SELECT count(*), txid_current() FROM u";

struct change {
	int64_t moved, number;		/* rows; of the transaction */
};

static void
make_move(struct pg_query *q, struct pool *pool, const struct records_step *step)
{
	const struct record_event *e = &step->event;

	q->sql = move_sql;
	pg_text(q, pool, step->id);
	pg_number(q, pool, step->to);
	pg_number(q, pool, step->to_ms ? step->to_ms : e->time_ms);
	pg_number(q, pool, (int64_t)step->number);
	pg_number(q, pool, step->from);
	pg_number(q, pool, step->changed_ms);
	pg_number(q, pool, e->time_ms);
	pg_text(q, pool, e->kind);
	pg_text(q, pool, e->who);
	pg_text(q, pool, e->rcpt);
	pg_bytes(q, e->detail);
}

/* Up to COMMIT: whatever goes wrong here undoes it. */
static enum rc
change(struct pg_conn *c, const struct pg_query *q, int64_t deadline_ms, struct change *out)
{
	PGresult *res = NULL;
	enum rc rc = pg_script(c, "BEGIN", deadline_ms);

	if (rc == RC_OK)
		rc = pg_run(c, q, deadline_ms, &res);
	if (rc == RC_OK)
		*out = (struct change){ pg_cell_number(res, 0, 0), pg_cell_number(res, 0, 1) };
	PQclear(res);
	return rc;
}

/* RC_OK: it is done. RC_NONE: it is not, and will not be. RC_TEMP: the server is at it, or does not say. */
static enum rc
ask(const struct records_pg *s, int64_t number, int64_t deadline_ms)
{
	struct pg_query q = { .sql = "SELECT txid_status($1::bigint)" };
	struct pool *pool = pool_new(0);
	PGresult *res = NULL;
	struct pg_conn *c;
	enum rc rc = pg_take(s->pg, deadline_ms, &c);

	pg_number(&q, pool, number);
	if (rc == RC_OK) {
		rc = pg_run(c, &q, deadline_ms, &res);
		pg_give(s->pg, c);
	}
	pool_free(&pool);
	if (rc == RC_OK && !str_eq(pg_cell(res, 0, 0), STR("committed")))
		rc = str_eq(pg_cell(res, 0, 0), STR("aborted")) ? RC_NONE : RC_TEMP;
	PQclear(res);
	return rc == RC_BAD ? RC_TEMP : rc;
}

static enum rc
ended(const struct records_pg *s, int64_t number)
{
	int64_t deadline_ms = clock_mono_ms() + s->deadline_ms;
	enum rc rc;

	while ((rc = ask(s, number, deadline_ms)) == RC_TEMP && clock_mono_ms() < deadline_ms)
		nanosleep(&(struct timespec){ 0, ASK_MS * NS_PER_MS }, NULL);
	log_put(s->lc, LOG_LEVEL_WARNING, "ledger", LOG_CSTR("store", "postgresql"), LOG_CSTR("state",
	    "the answer to a change was lost"), LOG_CSTR("done", rc == RC_OK ? "yes" : rc == RC_NONE ? "no" : "unknown"));
	return rc == RC_OK ? RC_OK : RC_TEMP;
}

enum rc
records_pg_move(void *store, const struct records_step *step, size_t *moved)
{
	const struct records_pg *s = store;
	int64_t deadline_ms = clock_mono_ms() + s->deadline_ms;
	struct change done = { .moved = 0 };
	struct pg_query q = { .n = 0 };
	struct pool *pool;
	struct pg_conn *c;
	bool lost = false;
	enum rc rc = pg_take(s->pg, deadline_ms, &c);

	*moved = 0;
	if (rc != RC_OK)
		return RC_TEMP;
	pool = pool_new(0);
	make_move(&q, pool, step);
	rc = change(c, &q, deadline_ms, &done);
	if (rc == RC_OK)
		lost = pg_script(c, "COMMIT", deadline_ms) != RC_OK && done.moved > 0;
	pg_give(s->pg, c);
	pool_free(&pool);
	if (lost)
		rc = ended(s, done.number);
	if (rc == RC_OK)
		*moved = (size_t)done.moved;
	return rc == RC_OK && *moved == 0 ? RC_NONE : rc;
}
