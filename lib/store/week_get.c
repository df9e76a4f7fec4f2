/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What is in a week's file: one record as a whole, and all of them in order. */
#include <string.h>
#include <zstd.h>

#include "store/week.h"

enum { DOC_MAX = 64 * 1024 * 1024, PRINT_BYTES = 8 };

void
week_row(sqlite3_stmt *st, struct record *r)
{
	struct str *const texts[] = { &r->node, &r->queue_id, &r->message_id, &r->mail_from, &r->from, &r->subject,
	    &r->client, &r->verdict, &r->findings, &r->group, &r->body };
	int at = 2;

	*r = (struct record){ .id = db_text(st, 0), .time_ms = db_num(st, 1) };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = db_text(st, at++);
	r->size = (uint64_t)db_num(st, at++);
	r->score = db_num(st, at++);
	r->outcome = (int)db_num(st, at++);
	r->complete = db_num(st, at) != 0;
}

struct record_rcpt
week_rcpt(sqlite3_stmt *st, int at)
{
	struct record_rcpt r = { .address = db_text(st, at), .policy = db_text(st, at + 1),
	    .outcome = (int)db_num(st, at + 2), .expires_ms = db_num(st, at + 5), .changed_ms = db_num(st, at + 6) };
	int64_t state = db_num(st, at + 3), kind = db_num(st, at + 4);

	r.state = state >= 0 && state < ENTRY_STATES ? (enum entry_state)state : ENTRY_NONE;
	r.kind = kind >= 0 && kind < QUARANTINE_KINDS ? (enum quarantine_kind)kind : QUARANTINE_POLICY;
	return r;
}

/* ---- one record ---- */

/* What a record is put together of, for any number of records. */
struct reader {
	sqlite3_stmt *row, *rcpts, *events;
};
#define WHOLE "SELECT " WEEK_COLUMNS ",m.n,d.doc,d.obs FROM message m LEFT JOIN doc d ON d.n=m.n WHERE "

static bool
open_reader(struct week *w, struct reader *rd, const char *rows)
{
	rd->row = db_prepare(w->db, rows);
	rd->rcpts = db_prepare(w->db, "SELECT " WEEK_RCPT_COLUMNS " FROM rcpt r WHERE n=? ORDER BY number");
	rd->events = db_prepare(w->db, "SELECT time_ms,kind,who,rcpt,detail FROM event WHERE n=? ORDER BY time_ms");
	return rd->row && rd->rcpts && rd->events;
}

static void
close_reader(struct reader *rd)
{
	db_done(&rd->row);
	db_done(&rd->rcpts);
	db_done(&rd->events);
}

static void
copy_row(struct pool *pool, struct record *r)
{
	struct str *const texts[] = { &r->id, &r->node, &r->queue_id, &r->message_id, &r->mail_from, &r->from, &r->subject,
	    &r->client, &r->verdict, &r->findings, &r->group, &r->body };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = pool_str(pool, *texts[i]);
}

static enum rc
take_doc(struct pool *pool, struct str packed, struct str *out)
{
	unsigned long long size = ZSTD_getFrameContentSize(packed.p, packed.n);
	size_t n;
	char *p;

	if (packed.n == 0)
		return RC_OK;
	if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > DOC_MAX)
		return RC_TEMP;
	p = pool_alloc(pool, size + 1);
	n = ZSTD_decompress(p, size, packed.p, packed.n);
	if (ZSTD_isError(n))
		return RC_TEMP;
	*out = (struct str){ p, n };
	return RC_OK;
}

static void
take_prints(struct pool *pool, struct str blob, struct record *out)
{
	size_t n = blob.n / PRINT_BYTES;
	int64_t *print = pool_alloc(pool, n * sizeof(*print) + 1);

	if (n > 0)
		memcpy(print, blob.p, n * PRINT_BYTES);
	out->prints = print;
	out->n_prints = n;
}

static enum rc
take_rcpts(struct reader *rd, struct pool *pool, int64_t n, struct record *out)
{
	struct vec list = { .n = 0 };
	enum rc rc;

	db_bind_num(rd->rcpts, 1, n);
	while ((rc = db_step(rd->rcpts)) == RC_OK) {
		struct record_rcpt *r = vec_push(pool, &list, sizeof(*r));

		*r = week_rcpt(rd->rcpts, 0);
		r->address = pool_str(pool, r->address);
		r->policy = pool_str(pool, r->policy);
	}
	out->rcpts = list.items;
	out->n_rcpts = list.n;
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
take_events(struct reader *rd, struct pool *pool, int64_t n, struct str id, struct vec *out)
{
	sqlite3_stmt *st = rd->events;
	enum rc rc;

	db_bind_num(st, 1, n);
	while ((rc = db_step(st)) == RC_OK) {
		struct record_event *e = vec_push(pool, out, sizeof(*e));

		*e = (struct record_event){ .id = id, .time_ms = db_num(st, 0), .kind = pool_str(pool, db_text(st, 1)),
		    .who = pool_str(pool, db_text(st, 2)), .rcpt = pool_str(pool, db_text(st, 3)),
		    .detail = pool_str(pool, db_text(st, 4)) };
	}
	return rc == RC_NONE ? RC_OK : rc;
}

/* The record that rd->row is at. */
static enum rc
take_whole(struct reader *rd, struct pool *pool, struct record *out, struct vec *events)
{
	int64_t n = db_num(rd->row, WEEK_COLUMN_N);
	enum rc rc;

	week_row(rd->row, out);
	copy_row(pool, out);
	take_prints(pool, db_text(rd->row, WEEK_COLUMN_N + 2), out);
	rc = take_doc(pool, db_text(rd->row, WEEK_COLUMN_N + 1), &out->doc);
	if (rc == RC_OK)
		rc = take_rcpts(rd, pool, n, out);
	return rc == RC_OK && events ? take_events(rd, pool, n, out->id, events) : rc;
}

enum rc
week_get(struct week *w, struct pool *pool, struct str id, struct record *out, struct vec *events)
{
	struct reader rd;
	enum rc rc = open_reader(w, &rd, WHOLE "m.id=?") ? RC_OK : RC_TEMP;

	if (rc == RC_OK) {
		db_bind(rd.row, 1, id);
		rc = db_step(rd.row);
	}
	if (rc == RC_OK)
		rc = take_whole(&rd, pool, out, events);
	close_reader(&rd);
	return rc;
}

/* ---- all of them ---- */

static void
bind_range(sqlite3_stmt *st, const struct records_range *range)
{
	db_bind(st, 1, range->after);
	db_bind(st, 2, range->last.n ? range->last : STR("~"));	/* behind every id */
	db_bind_num(st, 3, (int64_t)range->max);
}

enum rc
week_page(struct week *w, struct pool *pool, const struct records_range *range, struct vec *out)
{
	struct reader rd;
	enum rc rc = open_reader(w, &rd, WHOLE "m.id>? AND m.id<=? ORDER BY m.id LIMIT ?") ? RC_OK : RC_TEMP;
	size_t bytes = 0;

	if (rc == RC_OK)
		bind_range(rd.row, range);
	while (rc == RC_OK && bytes < RECORDS_PAGE_BYTES && (rc = db_step(rd.row)) == RC_OK) {
		struct records_whole *whole = vec_push(pool, out, sizeof(*whole));

		whole->events = (struct vec){ .n = 0 };
		rc = take_whole(&rd, pool, &whole->record, &whole->events);
		bytes += whole->record.doc.n;
	}
	close_reader(&rd);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
week_lines(struct week *w, struct pool *pool, const struct records_range *range, struct vec *out)
{
	sqlite3_stmt *st = db_prepare(w->db, "SELECT m.id,count(r.number),sum(r.state*r.number),sum(r.changed_ms),"
	    "(SELECT count(*) FROM event e WHERE e.n=m.n)"
	    " FROM (SELECT id,n FROM message WHERE id>? AND id<=? ORDER BY id LIMIT ?) m LEFT JOIN rcpt r ON r.n=m.n"
	    " GROUP BY m.id,m.n ORDER BY m.id");
	enum rc rc = RC_TEMP;

	if (st)
		bind_range(st, range);
	while (st && (rc = db_step(st)) == RC_OK) {
		struct records_line *l = vec_push(pool, out, sizeof(*l));

		*l = (struct records_line){ .id = pool_str(pool, db_text(st, 0)), .rcpts = db_num(st, 1),
		    .states = db_num(st, 2), .changed = db_num(st, 3), .events = db_num(st, 4) };
	}
	db_done(&st);
	return rc == RC_NONE ? RC_OK : rc;
}
