/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* All records in the order of their ids: a page is three statements, however many records it has. */
#include <string.h>

#include "store/records_pg.h"
#include "store/week.h"

enum { PRINT_BYTES = 8, PAGE = 200, LINES = 5000 };

void
records_pg_prints(struct pool *pool, struct str bytes, struct record *out)
{
	size_t n = bytes.n / PRINT_BYTES;
	int64_t *print = pool_alloc(pool, n * sizeof(*print) + 1);

	for (size_t i = 0; i < n; i++) {
		uint64_t v = 0;

		for (size_t k = 0; k < PRINT_BYTES; k++)
			v = v << 8 | (unsigned char)bytes.p[i * PRINT_BYTES + k];
		print[i] = (int64_t)v;
	}
	out->prints = print;
	out->n_prints = n;
}

/* sql has $1 and $2: behind the one, up to the other; and $3 as a LIMIT, unless most is 0. */
static enum rc
ask_range(const struct records_pg *s, const char *sql, const struct records_range *range, size_t most, PGresult **out)
{
	struct pg_query q = { .sql = sql };
	struct pool *pool = pool_new(0);
	enum rc rc;

	pg_text(&q, pool, range->after);
	pg_text(&q, pool, range->last.n ? range->last : STR("~"));	/* behind every id */
	if (most)
		pg_number(&q, pool, (int64_t)(range->max && range->max < most ? range->max : most));
	rc = records_pg_ask(s, &q, out);
	pool_free(&pool);
	return rc;
}

/* Of one that a node of an older version has just written. */
static enum rc
missing_prints(const struct records_pg *s, struct pool *pool, struct record *out)
{
	struct pg_query q = { .sql = "SELECT string_agg(int8send(hash),''::bytea) FROM obs WHERE id=$1" };
	PGresult *res;
	enum rc rc;

	pg_text(&q, pool, out->id);
	rc = records_pg_ask(s, &q, &res);
	if (rc == RC_OK)
		records_pg_prints(pool, records_pg_binary(pool, res, 0, 0), out);
	PQclear(res);
	return rc;
}

static enum rc
take_messages(const struct records_pg *s, struct pool *pool, const struct records_range *range, struct vec *out)
{
	static const char sql[] = "SELECT " WEEK_COLUMNS ",d.doc,d.obs FROM message m LEFT JOIN doc d ON d.id=m.id"
	    " WHERE m.id>$1 AND m.id<=$2 ORDER BY m.id LIMIT $3::bigint";
	PGresult *res;
	enum rc rc = ask_range(s, sql, range, PAGE, &res);

	for (int i = 0; rc == RC_OK && i < PQntuples(res); i++) {
		struct records_whole *w = vec_push(pool, out, sizeof(*w));

		w->events = (struct vec){ .n = 0 };
		records_pg_row(res, i, &w->record);
		records_pg_copy(pool, &w->record);
		w->record.doc = records_pg_binary(pool, res, i, WEEK_COLUMN_N);
		if (PQgetisnull(res, i, WEEK_COLUMN_N + 1))
			rc = missing_prints(s, pool, &w->record);
		else
			records_pg_prints(pool, records_pg_binary(pool, res, i, WEEK_COLUMN_N + 1), &w->record);
	}
	PQclear(res);
	return rc;
}

/* Rows of what belongs to records come in their order: go on to the one that has this id; NULL: it has none. */
static struct records_whole *
whose(struct vec *all, size_t *at, struct str id)
{
	struct records_whole *w = all->items;

	while (*at < all->n && str_cmp(w[*at].record.id, id) < 0)
		++*at;
	return *at < all->n && str_eq(w[*at].record.id, id) ? &w[*at] : NULL;
}

static enum rc
take_rcpts(const struct records_pg *s, struct pool *pool, const struct records_range *range, struct vec *all, size_t first)
{
	static const char sql[] = "SELECT " WEEK_RCPT_COLUMNS ",r.id FROM rcpt r WHERE r.id>$1 AND r.id<=$2"
	    " ORDER BY r.id,r.number";
	enum { ID = 7 };
	struct vec list = { .n = 0 };
	size_t at = first;
	PGresult *res;
	enum rc rc = ask_range(s, sql, range, 0, &res);

	for (int i = 0; rc == RC_OK && i < PQntuples(res); i++) {
		struct records_whole *w = whose(all, &at, pg_cell(res, i, ID));
		struct record_rcpt *r;

		if (!w)
			continue;
		if (w->record.n_rcpts == 0)
			list = (struct vec){ .n = 0 };
		r = vec_push(pool, &list, sizeof(*r));
		*r = records_pg_rcpt(res, i, 0);
		r->address = pool_str(pool, r->address);
		r->policy = pool_str(pool, r->policy);
		w->record.rcpts = list.items;
		w->record.n_rcpts = list.n;
	}
	PQclear(res);
	return rc;
}

static enum rc
take_events(const struct records_pg *s, struct pool *pool, const struct records_range *range, struct vec *all, size_t first)
{
	static const char sql[] = "SELECT time_ms,kind,who,rcpt,detail,id FROM event WHERE id>$1 AND id<=$2"
	    " ORDER BY id,time_ms";
	size_t at = first;
	PGresult *res;
	enum rc rc = ask_range(s, sql, range, 0, &res);

	for (int i = 0; rc == RC_OK && i < PQntuples(res); i++) {
		struct records_whole *w = whose(all, &at, pg_cell(res, i, 5));
		struct record_event *e = w ? vec_push(pool, &w->events, sizeof(*e)) : NULL;

		if (e)
			*e = (struct record_event){ .id = w->record.id, .time_ms = pg_cell_number(res, i, 0),
			    .kind = pool_str(pool, pg_cell(res, i, 1)), .who = pool_str(pool, pg_cell(res, i, 2)),
			    .rcpt = pool_str(pool, pg_cell(res, i, 3)), .detail = records_pg_binary(pool, res, i, 4) };
	}
	PQclear(res);
	return rc;
}

enum rc
records_pg_page(void *store, struct pool *pool, const struct records_range *range, struct vec *out)
{
	struct records_range these = *range;
	size_t first = out->n;
	enum rc rc = take_messages(store, pool, range, out);

	if (rc != RC_OK || out->n == first)
		return rc;
	these.last = ((const struct records_whole *)out->items)[out->n - 1].record.id;
	rc = take_rcpts(store, pool, &these, out, first);
	return rc == RC_OK ? take_events(store, pool, &these, out, first) : rc;
}

enum rc
records_pg_lines(void *store, struct pool *pool, const struct records_range *range, struct vec *out)
{
	static const char sql[] = "SELECT m.id,count(r.number),sum(r.state*r.number),sum(r.changed_ms)::bigint,"
	    "(SELECT count(*) FROM event e WHERE e.id=m.id) FROM"
	    " (SELECT id FROM message WHERE id>$1 AND id<=$2 ORDER BY id LIMIT $3::bigint) m"
	    " LEFT JOIN rcpt r ON r.id=m.id GROUP BY m.id ORDER BY m.id";
	PGresult *res;
	enum rc rc = ask_range(store, sql, range, LINES, &res);

	for (int i = 0; rc == RC_OK && i < PQntuples(res); i++) {
		struct records_line *l = vec_push(pool, out, sizeof(*l));

		*l = (struct records_line){ .id = pool_str(pool, pg_cell(res, i, 0)), .rcpts = pg_cell_number(res, i, 1),
		    .states = pg_cell_number(res, i, 2), .changed = pg_cell_number(res, i, 3),
		    .events = pg_cell_number(res, i, 4) };
	}
	PQclear(res);
	return rc;
}
