/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Reading. Long answers come in pages: whoever looks at a row may ask something else meanwhile. */
#include <stdlib.h>

#include "store/records_pg.h"
#include "store/week.h"

enum { SQL_BYTES = 16 * 1024, DAY_MS = 86400 * 1000 };

struct statement {
	struct buf sql;
	struct pool *pool;
	struct pg_query q;
};

static void
begin(struct statement *s, const char *text)
{
	s->pool = pool_new(0);
	s->q.n = 0;
	buf_init(&s->sql, SQL_BYTES);
	buf_adds(&s->sql, text);
}

/* Condition with the number of the next value: "m.id<" gives " AND m.id<$3". */
static void
with_number(struct statement *s, const char *before, int64_t v, const char *behind)
{
	pg_number(&s->q, s->pool, v);
	buf_printf(&s->sql, "%s$%d::bigint%s", before, s->q.n, behind);
}

static void
with_text(struct statement *s, const char *before, struct str v)
{
	pg_text(&s->q, s->pool, v);
	buf_printf(&s->sql, "%s$%d::text", before, s->q.n);
}

static enum rc
ask(const struct records_pg *store, struct statement *s, PGresult **out)
{
	s->q.sql = buf_cstr(&s->sql);
	*out = NULL;
	return s->sql.full ? RC_TEMP : records_pg_ask(store, &s->q, out);
}

static void
end(struct statement *s, PGresult *res)
{
	PQclear(res);
	buf_clear(&s->sql);
	pool_free(&s->pool);
}

/* ---- rows ---- */

void
records_pg_row(const PGresult *res, int row, struct record *r)
{
	struct str *const texts[] = { &r->node, &r->queue_id, &r->message_id, &r->mail_from, &r->from, &r->subject,
	    &r->client, &r->verdict, &r->findings, &r->group, &r->body };
	int at = 2;

	*r = (struct record){ .id = pg_cell(res, row, 0), .time_ms = pg_cell_number(res, row, 1) };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = pg_cell(res, row, at++);
	r->size = (uint64_t)pg_cell_number(res, row, at++);
	r->score = pg_cell_number(res, row, at++);
	r->outcome = (int)pg_cell_number(res, row, at++);
	r->complete = pg_cell_number(res, row, at) != 0;
}

struct record_rcpt
records_pg_rcpt(const PGresult *res, int row, int at)
{
	struct record_rcpt r = { .address = pg_cell(res, row, at), .policy = pg_cell(res, row, at + 1),
	    .outcome = (int)pg_cell_number(res, row, at + 2), .expires_ms = pg_cell_number(res, row, at + 5),
	    .changed_ms = pg_cell_number(res, row, at + 6) };
	int64_t state = pg_cell_number(res, row, at + 3), kind = pg_cell_number(res, row, at + 4);

	r.state = state >= 0 && state < ENTRY_STATES ? (enum entry_state)state : ENTRY_NONE;
	r.kind = kind >= 0 && kind < QUARANTINE_KINDS ? (enum quarantine_kind)kind : QUARANTINE_POLICY;
	return r;
}

/* ---- one record ---- */

void
records_pg_copy(struct pool *pool, struct record *r)
{
	struct str *const texts[] = { &r->id, &r->node, &r->queue_id, &r->message_id, &r->mail_from, &r->from, &r->subject,
	    &r->client, &r->verdict, &r->findings, &r->group, &r->body };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = pool_str(pool, *texts[i]);
}

/* bytea, as text. */
struct str
records_pg_binary(struct pool *pool, const PGresult *res, int row, int column)
{
	struct str out;
	unsigned char *p;
	size_t n;

	p = PQunescapeBytea((const unsigned char *)PQgetvalue(res, row, column), &n);
	if (!p)
		abort();
	out = pool_str(pool, (struct str){ (const char *)p, n });
	PQfreemem(p);
	return out;
}

static enum rc
get_message(const struct records_pg *store, struct pool *pool, struct str id, struct record *out)
{
	struct statement s;
	PGresult *res;
	enum rc rc;

	begin(&s, "SELECT " WEEK_COLUMNS ",d.doc,d.obs FROM message m LEFT JOIN doc d ON d.id=m.id");
	with_text(&s, " WHERE m.id=", id);
	rc = ask(store, &s, &res);
	if (rc == RC_OK && PQntuples(res) == 0)
		rc = RC_NONE;
	if (rc == RC_OK) {
		records_pg_row(res, 0, out);
		records_pg_copy(pool, out);
		out->doc = records_pg_binary(pool, res, 0, WEEK_COLUMN_N);
		records_pg_prints(pool, records_pg_binary(pool, res, 0, WEEK_COLUMN_N + 1), out);
	}
	end(&s, res);
	return rc;
}

static enum rc
get_rcpts(const struct records_pg *store, struct pool *pool, struct record *out)
{
	struct vec list = { .n = 0 };
	struct statement s;
	PGresult *res;
	enum rc rc;

	begin(&s, "SELECT " WEEK_RCPT_COLUMNS " FROM rcpt r");
	with_text(&s, " WHERE r.id=", out->id);
	buf_adds(&s.sql, " ORDER BY r.number");
	rc = ask(store, &s, &res);
	for (int i = 0; rc == RC_OK && i < PQntuples(res); i++) {
		struct record_rcpt *r = vec_push(pool, &list, sizeof(*r));

		*r = records_pg_rcpt(res, i, 0);
		r->address = pool_str(pool, r->address);
		r->policy = pool_str(pool, r->policy);
	}
	out->rcpts = list.items;
	out->n_rcpts = list.n;
	end(&s, res);
	return rc;
}

static enum rc
get_events(const struct records_pg *store, struct pool *pool, struct str id, struct vec *out)
{
	struct statement s;
	PGresult *res;
	enum rc rc;

	begin(&s, "SELECT time_ms,kind,who,rcpt,detail FROM event");
	with_text(&s, " WHERE id=", id);
	buf_adds(&s.sql, " ORDER BY time_ms");
	rc = ask(store, &s, &res);
	for (int i = 0; rc == RC_OK && i < PQntuples(res); i++) {
		struct record_event *e = vec_push(pool, out, sizeof(*e));

		*e = (struct record_event){ .id = id, .time_ms = pg_cell_number(res, i, 0),
		    .kind = pool_str(pool, pg_cell(res, i, 1)), .who = pool_str(pool, pg_cell(res, i, 2)),
		    .rcpt = pool_str(pool, pg_cell(res, i, 3)), .detail = records_pg_binary(pool, res, i, 4) };
	}
	end(&s, res);
	return rc;
}

enum rc
records_pg_get(void *store, struct pool *pool, struct str id, struct record *out, struct vec *events)
{
	enum rc rc = get_message(store, pool, id, out);

	if (rc == RC_OK)
		rc = get_rcpts(store, pool, out);
	return rc == RC_OK && events ? get_events(store, pool, out->id, events) : rc;
}

/* ---- records ---- */

/* Ids are of the beginning of a transaction, the time is of its end: a day between both lets the server
 * leave out the weeks that cannot have any. */
static void
between(struct statement *s, int64_t since_ms, int64_t until_ms)
{
	char id[RECORD_ID + 1];

	if (since_ms > DAY_MS) {
		record_id_make(since_ms - DAY_MS, id);
		id[RECORD_ID_TIME] = '\0';
		with_text(s, " AND m.id>=", str_of(id));
	}
	if (since_ms)
		with_number(s, " AND m.time_ms>=", since_ms, "");
	if (until_ms)
		with_number(s, " AND m.time_ms<", until_ms, "");
}

/* Within a text, whatever the case of letters. */
static struct str
like(struct pool *pool, struct str text)
{
	char *p = pool_alloc(pool, 2 * text.n + 3);
	size_t n = 0;

	p[n++] = '%';
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '%' || text.p[i] == '_' || text.p[i] == '\\')
			p[n++] = '\\';
		p[n++] = text.p[i];
	}
	p[n++] = '%';
	return (struct str){ p, n };
}

static void
find_sql(struct statement *s, const struct records_query *q, struct str before)
{
	begin(s, "SELECT " WEEK_COLUMNS " FROM message m");
	for (size_t i = 0; i < q->n_terms; i++) {
		buf_printf(&s->sql, " JOIN obs o%zu ON o%zu.id=m.id AND o%zu.hash", i, i, i);
		with_number(s, "=", observable_number(&q->terms[i]), "");
	}
	buf_adds(&s->sql, " WHERE true");
	between(s, q->since_ms, q->until_ms);
	if (before.n)
		with_text(s, " AND m.id<", before);
	if (q->verdict.n)
		with_text(s, " AND m.verdict=", q->verdict);
	if (q->outcome >= 0)
		with_number(s, " AND m.outcome=", q->outcome, "");
	if (q->subject.n)
		with_text(s, " AND m.subject ILIKE ", like(s->pool, q->subject));
	buf_printf(&s->sql, " ORDER BY m.id DESC LIMIT %d", PG_PAGE);
}

enum rc
records_pg_find(void *store, const struct records_query *q, bool (*each)(void *, const struct record *), void *arg)
{
	char last[RECORD_ID + 1] = "";
	struct str before = q->before;
	bool more = true;
	size_t n = 0;
	enum rc rc = RC_OK;

	while (rc == RC_OK && more) {
		struct statement s;
		struct record r;
		PGresult *res;
		int rows;

		find_sql(&s, q, before);
		rc = ask(store, &s, &res);
		rows = rc == RC_OK ? PQntuples(res) : 0;
		for (int i = 0; more && i < rows; i++) {
			records_pg_row(res, i, &r);
			more = each(arg, &r) && (q->max == 0 || ++n < q->max);
		}
		if (rows < PG_PAGE)
			more = false;
		else
			memcpy(last, PQgetvalue(res, rows - 1, 0), RECORD_ID);
		before = str_of(last);
		end(&s, res);
	}
	return rc;
}

/* ---- the quarantine ---- */

struct mark {
	char id[RECORD_ID + 1];		/* of the last row; empty: none yet */
	int64_t number;
};

static void
entries_sql(struct statement *s, const struct entries_query *q, const struct mark *mark)
{
	begin(s, "SELECT " WEEK_COLUMNS ",r.number," WEEK_RCPT_COLUMNS
	    " FROM rcpt r JOIN message m ON m.id=r.id WHERE r.state<>0");
	between(s, q->since_ms, q->until_ms);
	if (q->states)
		with_number(s, " AND (1::bigint << r.state) & ", q->states, "<>0");
	if (q->kinds)
		with_number(s, " AND (1::bigint << r.kind) & ", q->kinds, "<>0");
	if (q->rcpt.n)
		with_text(s, " AND r.address=", q->rcpt);
	if (q->expired_by_ms)
		with_number(s, " AND r.expires_ms<=", q->expired_by_ms, "");
	if (q->changed_by_ms)
		with_number(s, " AND r.changed_ms<=", q->changed_by_ms, "");
	if (q->before.n)
		with_text(s, " AND r.id<", q->before);
	if (mark->id[0]) {
		with_text(s, " AND (r.id<", str_of(mark->id));
		with_text(s, " OR r.id=", str_of(mark->id));
		with_number(s, " AND r.number>", mark->number, ")");
	}
	buf_printf(&s->sql, " ORDER BY r.id DESC, r.number LIMIT %d", PG_PAGE);
}

enum rc
records_pg_entries(void *store, const struct entries_query *q, bool (*each)(void *, const struct entry *), void *arg)
{
	struct mark mark = { .number = 0 };
	bool more = true;
	size_t n = 0;
	enum rc rc = RC_OK;

	while (rc == RC_OK && more) {
		struct statement s;
		struct entry e;
		PGresult *res;
		int rows;

		entries_sql(&s, q, &mark);
		rc = ask(store, &s, &res);
		rows = rc == RC_OK ? PQntuples(res) : 0;
		for (int i = 0; more && i < rows; i++) {
			records_pg_row(res, i, &e.record);
			e.number = (size_t)pg_cell_number(res, i, WEEK_COLUMN_N);
			e.rcpt = records_pg_rcpt(res, i, WEEK_COLUMN_N + 1);
			more = each(arg, &e) && (q->max == 0 || ++n < q->max);
		}
		if (rows < PG_PAGE)
			more = false;
		else
			memcpy(mark.id, PQgetvalue(res, rows - 1, 0), RECORD_ID);
		mark.number = more ? pg_cell_number(res, rows - 1, WEEK_COLUMN_N) : 0;
		end(&s, res);
	}
	return rc;
}

/* ---- sums ---- */

enum rc
records_pg_sums(void *store, enum records_column column, int64_t since_ms, int64_t until_ms,
    void (*each)(void *, const struct records_sum *), void *arg)
{
	static const char *const keys[RECORDS_COLUMNS] = {
		[RECORDS_SENDER] = "m.mail_from", [RECORDS_FROM] = "m.header_from", [RECORDS_CLIENT] = "m.client",
		[RECORDS_VERDICT] = "m.verdict", [RECORDS_OUTCOME] = "m.outcome", [RECORDS_GROUP] = "m.sender_group",
		[RECORDS_RCPT] = "r.address", [RECORDS_FINDINGS] = "m.findings", [RECORDS_HOUR] = "m.time_ms/3600000",
	};
	struct records_sum sum;
	struct statement s;
	PGresult *res;
	enum rc rc;

	begin(&s, "SELECT ");
	buf_printf(&s.sql, "%s,count(*),sum(m.size) FROM message m%s WHERE true", keys[column],
	    column == RECORDS_RCPT ? " JOIN rcpt r ON r.id=m.id" : "");
	between(&s, since_ms, until_ms);
	buf_adds(&s.sql, " GROUP BY 1");
	rc = ask(store, &s, &res);
	for (int i = 0; rc == RC_OK && i < PQntuples(res); i++) {
		sum = (struct records_sum){ .key = pg_cell(res, i, 0), .messages = (uint64_t)pg_cell_number(res, i, 1),
		    .bytes = (uint64_t)pg_cell_number(res, i, 2) };
		each(arg, &sum);
	}
	end(&s, res);
	return rc;
}
