/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Writing: a group of records is one transaction, sent as a whole before the first answer is read. */
#include "store/records_pg.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "store/week.h"

enum { WEEK_MS = 7 * 86400 * 1000, LIST_MAX = 1 << 20, FOLDER_MODE = 0700, PRINT_BYTES = 8, SETTLE_MS = 3600 * 1000 };

/* A record and all that belongs to it, unless it is there. */
static const char put_sql[] =
    "WITH m AS (INSERT INTO message VALUES($1,$2::bigint,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14::bigint,$15::bigint,"
    "$16::integer,$17::integer) ON CONFLICT DO NOTHING RETURNING id),"
    " d AS (INSERT INTO doc SELECT id,$18::bytea,$28::bytea FROM m),"
    " r AS (INSERT INTO rcpt SELECT m.id,u.* FROM m, unnest($19::integer[],$20::text[],$21::text[],$22::integer[],"
    "$23::integer[],$24::integer[],$25::bigint[],$26::bigint[]) u)"
    " INSERT INTO obs SELECT DISTINCT h,m.id FROM m, unnest($27::bigint[]) h";

/* Of a message that is there; the same again is the same. */
static const char event_sql[] =
    "INSERT INTO event SELECT id,$2::bigint,md5(concat_ws(E'\\x01',$3::text,$5::text,$4::text)),$3,$4,$5,$6::bytea"
    " FROM message WHERE id=$1 ON CONFLICT DO NOTHING";

/* ---- values ---- */

static void
next_number(struct buf *list, int64_t v)
{
	buf_printf(list, "%c%lld", list->n ? ',' : '{', (long long)v);
}

/* As PostgreSQL reads the elements of an array. */
static void
next_text(struct buf *list, struct pool *pool, struct str s)
{
	struct str fit = record_text(pool, s);

	buf_adds(list, list->n ? ",\"" : "{\"");
	for (size_t i = 0; i < fit.n; i++) {
		if (fit.p[i] == '"' || fit.p[i] == '\\')
			buf_addc(list, '\\');
		buf_addc(list, fit.p[i]);
	}
	buf_addc(list, '"');
}

/* The list is copied, and can be used for the next. */
static void
put_list(struct pg_query *q, struct pool *pool, struct buf *list)
{
	buf_adds(list, list->n ? "}" : "{}");
	q->value[q->n] = pool_cstr(pool, buf_str(list));
	q->bytes[q->n] = (int)list->n;
	q->format[q->n++] = 0;
	buf_reset(list);
}

static void
put_rcpts(struct pg_query *q, struct pool *pool, const struct record *r, struct buf *list)
{
	enum { NUMBER, ADDRESS, POLICY, OUTCOME, STATE, KIND, EXPIRES, CHANGED, LISTS };

	for (int column = 0; column < LISTS; column++) {
		for (size_t i = 0; i < r->n_rcpts; i++) {
			const struct record_rcpt *to = &r->rcpts[i];
			const int64_t numbers[LISTS] = { [NUMBER] = (int64_t)i + 1, [OUTCOME] = to->outcome,
			    [STATE] = to->state, [KIND] = to->kind, [EXPIRES] = to->expires_ms,
			    [CHANGED] = to->changed_ms ? to->changed_ms : r->time_ms };

			if (column == ADDRESS || column == POLICY)
				next_text(list, pool, column == ADDRESS ? to->address : to->policy);
			else
				next_number(list, numbers[column]);
		}
		put_list(q, pool, list);
	}
}

/* What it can be found by: as rows, and beside the record for whoever reads it as a whole. */
static void
put_prints(struct pg_query *q, struct pool *pool, const struct record *r, struct buf *list)
{
	size_t n = r->n_obs + r->n_prints;
	unsigned char *bytes = pool_alloc(pool, n * PRINT_BYTES + 1);

	for (size_t i = 0; i < n; i++) {
		int64_t print = i < r->n_obs ? observable_number(&r->obs[i]) : r->prints[i - r->n_obs];

		next_number(list, print);
		for (int k = 0; k < PRINT_BYTES; k++)
			bytes[i * PRINT_BYTES + (size_t)k] = (unsigned char)((uint64_t)print >> (8 * (PRINT_BYTES - 1 - k)));
	}
	put_list(q, pool, list);
	pg_bytes(q, (struct str){ (const char *)bytes, n * PRINT_BYTES });
}

static void
make_put(struct pg_query *q, struct pool *pool, const struct record *r)
{
	const struct str texts[] = { r->node, r->queue_id, r->message_id, r->mail_from, r->from, r->subject, r->client,
	    r->verdict, r->findings, r->group, r->body };
	const int64_t numbers[] = { (int64_t)r->size, r->score, r->outcome, r->complete };
	struct buf list;

	buf_init(&list, LIST_MAX * (r->n_rcpts / 100 + 1));
	q->sql = put_sql;
	pg_text(q, pool, r->id);
	pg_number(q, pool, r->time_ms);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		pg_text(q, pool, texts[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		pg_number(q, pool, numbers[i]);
	pg_bytes(q, r->doc);
	put_rcpts(q, pool, r, &list);
	put_prints(q, pool, r, &list);
	buf_clear(&list);
}

static void
make_event(struct pg_query *q, struct pool *pool, const struct record_event *e)
{
	q->sql = event_sql;
	pg_text(q, pool, e->id);
	pg_number(q, pool, e->time_ms);
	pg_text(q, pool, e->kind);
	pg_text(q, pool, e->who);
	pg_text(q, pool, e->rcpt);
	pg_bytes(q, e->detail);
}

/* ---- weeks ---- */

static bool
knows(const struct records_pg *s, int64_t week)
{
	for (size_t i = 0; i < s->weeks; i++)
		if (s->week[i] == week)
			return true;
	return false;
}

/* 1970-01-01 was a Thursday: weeks of this number begin on Mondays, as those of the tables. */
static enum rc
make_week(struct records_pg *s, struct pg_conn *c, struct str id, int64_t deadline_ms)
{
	enum { THURSDAY_MS = 3 * 86400 * 1000 };
	int64_t ms, week;
	enum rc rc;

	if (!record_id_time(id, &ms))
		return RC_OK;
	week = (ms + THURSDAY_MS) / WEEK_MS;
	if (knows(s, week))
		return RC_OK;
	rc = pg_schema_week(c, ms, deadline_ms);
	if (rc == RC_OK)
		s->week[s->weeks < PG_WEEKS ? s->weeks++ : (size_t)week % PG_WEEKS] = week;
	return rc;
}

/* ---- writing ---- */

/* RC_LIMIT: the server refuses the group. RC_BAD: whatever is sent of it, and however often. */
static enum rc
write_group(struct records_pg *s, struct records_item *items, size_t n, struct pg_query *queries,
    const struct pg_query **list)
{
	int64_t deadline_ms = clock_mono_ms() + s->deadline_ms;
	struct pool *pool = pool_new(0);
	struct pg_conn *c;
	enum rc rc = pg_take(s->pg, deadline_ms, &c);

	if (rc != RC_OK) {
		pool_free(&pool);
		return RC_TEMP;
	}
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		queries[i].n = 0;
		list[i] = &queries[i];
		if (items[i].record) {
			rc = make_week(s, c, items[i].record->id, deadline_ms);
			make_put(&queries[i], pool, items[i].record);
		} else {
			make_event(&queries[i], pool, items[i].event);
		}
	}
	if (rc == RC_OK)
		rc = pg_batch(c, list, n, deadline_ms);
	if (rc != RC_OK && c->refused) {
		s->weeks = 0;		/* somebody may have purged */
		rc = pg_for_good(c) ? RC_BAD : RC_LIMIT;
	}
	pg_give(s->pg, c);
	pool_free(&pool);
	return rc;
}

/* What the server refuses as a group goes one by one, so that one does not keep the others. */
static void
write_items(void *store, struct records_item *items, size_t n)
{
	struct pg_query *queries = calloc(n, sizeof(*queries));
	const struct pg_query **list = calloc(n, sizeof(struct pg_query *));
	struct records_pg *s = store;
	enum rc rc;

	if (!queries || !list)
		abort();
	rc = write_group(s, items, n, queries, list);
	for (size_t i = 0; i < n; i++) {
		items[i].rc = rc;
		if (rc == RC_BAD || rc == RC_LIMIT)
			items[i].rc = write_group(s, &items[i], 1, queries, list);
		if (items[i].rc == RC_LIMIT)
			items[i].rc = RC_TEMP;
	}
	free(list);
	free(queries);
}

static enum rc
purge(void *store, int64_t before_ms, size_t *weeks)
{
	static const char sql[] = "SELECT substr(c.relname, 9) FROM pg_inherits i JOIN pg_class c ON c.oid=i.inhrelid"
	    " WHERE i.inhparent='message'::regclass ORDER BY 1";
	const struct records_pg *s = store;
	int64_t deadline_ms = clock_mono_ms() + s->deadline_ms;
	char first[WEEK_NAME];
	struct pg_conn *c;
	PGresult *res = NULL;
	enum rc rc = pg_take(s->pg, deadline_ms, &c);

	*weeks = 0;
	if (rc != RC_OK)
		return RC_TEMP;
	week_name(before_ms, first);
	rc = pg_run(c, &(struct pg_query){ .sql = sql }, deadline_ms, &res);
	for (int i = 0; rc == RC_OK && i < PQntuples(res); i++) {
		enum rc dropped;

		if (!week_is_name(pg_cell(res, i, 0)) || strcmp(PQgetvalue(res, i, 0), first) >= 0)
			continue;
		dropped = pg_schema_drop(c, PQgetvalue(res, i, 0), clock_mono_ms() + s->deadline_ms);
		*weeks += dropped == RC_OK;
		if (dropped != RC_NONE)
			rc = dropped;
	}
	PQclear(res);
	pg_give(s->pg, c);
	return rc;
}

static enum rc
settle(void *store, size_t *n)
{
	const struct records_pg *s = store;
	struct pg_conn *c;
	enum rc rc = pg_take(s->pg, clock_mono_ms() + s->deadline_ms, &c);

	if (rc != RC_OK)
		return RC_TEMP;
	rc = pg_schema_fill(c, SETTLE_MS, n);
	pg_give(s->pg, c);
	return rc;
}

enum rc
records_pg_ask(const struct records_pg *s, const struct pg_query *q, PGresult **out)
{
	int64_t deadline_ms = clock_mono_ms() + s->deadline_ms;
	struct pg_conn *c;
	enum rc rc = pg_take(s->pg, deadline_ms, &c);

	*out = NULL;
	if (rc != RC_OK)
		return RC_TEMP;
	rc = pg_run(c, q, deadline_ms, out);
	pg_give(s->pg, c);
	return rc;
}

/* ---- open and close ---- */

static enum rc
ready(void *arg, struct pg_conn *c, int64_t deadline_ms)
{
	(void)arg;
	return pg_schema_ready(c, deadline_ms);
}

static void
close_store(void *store)
{
	struct records_pg *s = store;

	pg_close(&s->pg);
	free(s);
}

/* Of the spill. */
static enum rc
make_folder(struct str state_dir, struct buf *why)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.*s/ledger", STR_ARG(state_dir));
	if (mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST)
		return RC_OK;
	buf_printf(why, "%s: %s", path, strerror(errno));
	return RC_TEMP;
}

/* A gate starts without its store: records go to the spill. */
static enum rc
open_store(const struct records_conf *conf, struct str state_dir, enum records_use use, struct log_ctx lc, void **store,
    struct buf *why)
{
	struct records_pg *s = calloc(1, sizeof(*s));
	struct pg_conn *c;
	enum rc rc;

	if (!s)
		abort();
	s->lc = lc;
	s->deadline_ms = conf->deadline_ms;
	rc = use == RECORDS_GATE ? make_folder(state_dir, why) : RC_OK;
	if (rc == RC_OK)
		rc = pg_open(conf->postgres, conf->postgres_password_file, lc, ready, s, &s->pg, why);
	if (rc != RC_OK) {
		free(s);
		return rc;
	}
	rc = pg_take(s->pg, clock_mono_ms() + s->deadline_ms, &c);
	if (rc == RC_OK)
		pg_give(s->pg, c);
	else if (rc == RC_BAD || use == RECORDS_TOOL) {
		buf_adds(why, rc == RC_BAD ? "a newer sekimori made the tables of PostgreSQL" : "PostgreSQL: ");
		if (rc != RC_BAD)
			pg_why(s->pg, why);
		close_store(s);
		return rc;
	}
	*store = s;
	return RC_OK;
}

const struct records_ops records_pg = {
	.name = "postgresql", .open = open_store, .close = close_store, .write = write_items, .get = records_pg_get,
	.find = records_pg_find, .entries = records_pg_entries, .move = records_pg_move, .sums = records_pg_sums,
	.page = records_pg_page, .lines = records_pg_lines, .settle = settle, .purge = purge,
};
