/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What is in a week's file: records by what they have, people's mail in the quarantine. */
#include <stdio.h>

#include "base/buf.h"
#include "store/week.h"
#include "store/week_index.h"

enum { SQL_BYTES = 16 * 1024, BINDS = 2 * RECORDS_TERMS + 16 };

/* ---- queries: a statement is put together of conditions with their values ---- */

struct statement {
	struct buf sql;
	struct {
		bool is_text;
		struct str text;
		int64_t number;
	} bind[BINDS];
	int n;
};

static void
begin(struct statement *s, const char *text)
{
	buf_init(&s->sql, SQL_BYTES);
	buf_adds(&s->sql, text);
	s->n = 0;
}

static void
with_number(struct statement *s, const char *condition, int64_t number)
{
	buf_adds(&s->sql, condition);
	s->bind[s->n].is_text = false;
	s->bind[s->n++].number = number;
}

static void
with_text(struct statement *s, const char *condition, struct str text)
{
	buf_adds(&s->sql, condition);
	s->bind[s->n].is_text = true;
	s->bind[s->n++].text = text;
}

static sqlite3_stmt *
prepare(struct week *w, struct statement *s)
{
	sqlite3_stmt *st = s->sql.full ? NULL : db_prepare(w->db, buf_cstr(&s->sql));

	for (int i = 0; st && i < s->n; i++) {
		if (s->bind[i].is_text)
			db_bind(st, i + 1, s->bind[i].text);
		else
			db_bind_num(st, i + 1, s->bind[i].number);
	}
	return st;
}

/* ---- records ---- */

/* Within a text, whatever the case of ASCII letters. */
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

/* Behind this one, in the order of the file, which is that of commits and not always that of ids. In an older week's
 * file, which does not have it, all are. */
static void
behind(struct statement *s, struct str id)
{
	with_text(s, " AND m.n<coalesce((SELECT n FROM message WHERE id=?)", id);
	with_text(s, ",CASE WHEN m.id<? THEN m.n+1 ELSE 0 END)", id);
}

static void
filter(struct statement *s, struct pool *pool, const struct records_query *q)
{
	if (q->since_ms)
		with_number(s, " AND m.time_ms>=?", q->since_ms);
	if (q->until_ms)
		with_number(s, " AND m.time_ms<?", q->until_ms);
	if (q->before.n)
		behind(s, q->before);
	if (q->verdict.n)
		with_text(s, " AND m.verdict=?", q->verdict);
	if (q->outcome >= 0)
		with_number(s, " AND m.outcome=?", q->outcome);
	if (q->subject.n)
		with_text(s, " AND m.subject LIKE ? ESCAPE '\\'", like(pool, q->subject));
}

struct running {
	bool (*each)(void *, const struct record *);
	void *arg;
	size_t *n, max;
};

static enum rc
run(struct week *w, struct statement *s, struct running *r)
{
	sqlite3_stmt *st = prepare(w, s);
	struct record record;
	enum rc rc = RC_TEMP;
	bool more = true;

	while (st && more && (rc = db_step(st)) == RC_OK) {
		week_row(st, &record);
		++*r->n;
		more = r->each(r->arg, &record) && (r->max == 0 || *r->n < r->max);
	}
	db_done(&st);
	buf_clear(&s->sql);
	return !more ? RC_NONE : rc == RC_NONE ? RC_OK : rc;
}

/* What the index does not have yet. */
static enum rc
find_new(struct week *w, struct pool *pool, const struct records_query *q, const struct week_search *search,
    struct running *r)
{
	struct statement s;

	begin(&s, "SELECT " WEEK_COLUMNS " FROM message m JOIN doc d ON d.n=m.n WHERE");
	with_number(&s, " m.n>?", search->upto);
	for (size_t i = 0; i < search->n; i++)
		with_number(&s, " AND has_observable(d.obs,?)", search->number[i]);
	filter(&s, pool, q);
	buf_adds(&s.sql, " ORDER BY m.n DESC");
	return run(w, &s, r);
}

/* The rarest observable leads, the others are looked up for each of its records. */
static enum rc
find_indexed(struct week *w, struct pool *pool, const struct records_query *q, const struct week_search *search,
    struct running *r)
{
	struct statement s;

	begin(&s, "SELECT " WEEK_COLUMNS " FROM x.obs o CROSS JOIN message m ON m.n=o.n WHERE");
	with_number(&s, " o.hash=?", search->number[0]);
	with_number(&s, " AND o.n<=?", search->upto);
	for (size_t i = 1; i < search->n; i++)
		with_number(&s, " AND EXISTS(SELECT 1 FROM x.obs a WHERE a.n=o.n AND a.hash=?)", search->number[i]);
	filter(&s, pool, q);
	buf_adds(&s.sql, " ORDER BY o.n DESC");
	return run(w, &s, r);
}

static enum rc
find_all(struct week *w, struct pool *pool, const struct records_query *q, struct running *r)
{
	struct statement s;

	begin(&s, "SELECT " WEEK_COLUMNS " FROM message m WHERE 1");
	filter(&s, pool, q);
	buf_adds(&s.sql, " ORDER BY m.n DESC");
	return run(w, &s, r);
}

enum rc
week_find(struct week *w, const struct records_query *q, bool (*each)(void *, const struct record *), void *arg,
    size_t *n)
{
	struct running r = { .each = each, .arg = arg, .n = n, .max = q->max };
	struct pool *pool = pool_new(0);
	struct week_search search;
	enum rc rc;

	if (q->n_terms == 0) {
		rc = find_all(w, pool, q, &r);
	} else {
		rc = week_search(w, q->terms, q->n_terms, &search);
		if (rc == RC_OK)
			rc = find_new(w, pool, q, &search, &r);
		if (rc == RC_OK && search.upto > 0)
			rc = find_indexed(w, pool, q, &search, &r);
	}
	pool_free(&pool);
	return rc;
}

/* ---- the quarantine ---- */

/* So that an index is used where few are meant: one state, or what a clock asks for. All of a person's mail is fewer
 * still, and those of several states are not in the order of messages. */
static void
of_states(struct statement *s, const struct entries_query *q)
{
	bool one = (q->states & (q->states - 1)) == 0;
	const char *sep = " AND r.state IN (";

	if (q->rcpt.n || (!one && !q->expired_by_ms && !q->changed_by_ms)) {
		with_number(s, " AND (1 << r.state) & ?", q->states);
		return;
	}
	for (int state = 0; state < ENTRY_STATES; state++) {
		if (!(q->states & 1u << state))
			continue;
		buf_printf(&s->sql, "%s%d", sep, state);
		sep = ",";
	}
	buf_addc(&s->sql, ')');
}

static void
entries_filter(struct statement *s, const struct entries_query *q)
{
	if (q->states)
		of_states(s, q);
	if (q->kinds)
		with_number(s, " AND (1 << r.kind) & ?", q->kinds);
	if (q->rcpt.n)
		with_text(s, " AND r.address=?", q->rcpt);
	if (q->since_ms)
		with_number(s, " AND m.time_ms>=?", q->since_ms);
	if (q->until_ms)
		with_number(s, " AND m.time_ms<?", q->until_ms);
	if (q->expired_by_ms)
		with_number(s, " AND r.expires_ms<=?", q->expired_by_ms);
	if (q->changed_by_ms)
		with_number(s, " AND r.changed_ms<=?", q->changed_by_ms);
	if (q->before.n)
		behind(s, q->before);
}

enum rc
week_entries(struct week *w, const struct entries_query *q, bool (*each)(void *, const struct entry *), void *arg,
    size_t *n)
{
	struct statement s;
	sqlite3_stmt *st;
	struct entry e;
	enum rc rc = RC_TEMP;
	bool more = true;

	begin(&s, "SELECT " WEEK_COLUMNS ",r.number," WEEK_RCPT_COLUMNS
	    " FROM rcpt r JOIN message m ON m.n=r.n WHERE r.state<>0");
	entries_filter(&s, q);
	buf_adds(&s.sql, " ORDER BY r.n DESC, r.number");
	st = prepare(w, &s);
	while (st && more && (rc = db_step(st)) == RC_OK) {
		week_row(st, &e.record);
		e.number = (size_t)db_num(st, WEEK_COLUMN_N);
		e.rcpt = week_rcpt(st, WEEK_COLUMN_N + 1);
		++*n;
		more = each(arg, &e) && (q->max == 0 || *n < q->max);
	}
	db_done(&st);
	buf_clear(&s.sql);
	return !more ? RC_NONE : rc == RC_NONE ? RC_OK : rc;
}

/* ---- sums ---- */

enum rc
week_sums(struct week *w, enum records_column column, int64_t since_ms, int64_t until_ms,
    void (*each)(void *, const struct records_sum *), void *arg)
{
	static const char *const keys[RECORDS_COLUMNS] = {
		[RECORDS_SENDER] = "m.mail_from", [RECORDS_FROM] = "m.header_from", [RECORDS_CLIENT] = "m.client",
		[RECORDS_VERDICT] = "m.verdict", [RECORDS_OUTCOME] = "m.outcome", [RECORDS_GROUP] = "m.sender_group",
		[RECORDS_RCPT] = "r.address", [RECORDS_FINDINGS] = "m.findings", [RECORDS_HOUR] = "m.time_ms/3600000",
	};
	struct records_sum sum;
	struct statement s;
	sqlite3_stmt *st;
	enum rc rc = RC_TEMP;

	begin(&s, "SELECT ");
	buf_printf(&s.sql, "%s,count(*),sum(m.size) FROM message m%s WHERE 1", keys[column],
	    column == RECORDS_RCPT ? " JOIN rcpt r ON r.n=m.n" : "");
	if (since_ms)
		with_number(&s, " AND m.time_ms>=?", since_ms);
	if (until_ms)
		with_number(&s, " AND m.time_ms<?", until_ms);
	buf_adds(&s.sql, " GROUP BY 1");
	st = prepare(w, &s);
	while (st && (rc = db_step(st)) == RC_OK) {
		sum = (struct records_sum){ .key = db_text(st, 0), .messages = (uint64_t)db_num(st, 1),
		    .bytes = (uint64_t)db_num(st, 2) };
		each(arg, &sum);
	}
	db_done(&st);
	buf_clear(&s.sql);
	return rc == RC_NONE ? RC_OK : rc;
}
