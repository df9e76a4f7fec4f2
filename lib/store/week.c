/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/week.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <zstd.h>

#include "base/buf.h"

enum { DOC_LEVEL = 1, DOC_MAX = 16 * 1024 * 1024, OBS_BYTES = 8 };

/* What each version brought: a new file takes all of them, an older one those behind its own. None is changed later. */
static const char *const steps[WEEK_VERSION] = {
	/* Columns that lists and reports need are apart from what is large. */
	("CREATE TABLE message(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, time_ms INTEGER NOT NULL, node TEXT,"
	" queue_id TEXT, message_id TEXT, mail_from TEXT, header_from TEXT, subject TEXT, client TEXT,"
	" verdict TEXT, findings TEXT, sender_group TEXT,"
	" body TEXT, size INTEGER, score INTEGER, outcome INTEGER, complete INTEGER);"
	"CREATE TABLE doc(n INTEGER PRIMARY KEY, doc BLOB, obs BLOB);"
	"CREATE TABLE rcpt(n INTEGER, number INTEGER, address TEXT, policy TEXT, outcome INTEGER, state INTEGER,"
	" kind INTEGER, expires_ms INTEGER, changed_ms INTEGER, PRIMARY KEY(n, number)) WITHOUT ROWID;"
	"CREATE INDEX rcpt_kept ON rcpt(state, n) WHERE state <> 0;"
	"CREATE INDEX rcpt_of ON rcpt(address, n) WHERE state <> 0;"
	"CREATE TABLE event(n INTEGER, time_ms INTEGER, kind TEXT, who TEXT, rcpt TEXT, detail TEXT,"
	" PRIMARY KEY(n, time_ms, kind, rcpt, who)) WITHOUT ROWID;"),
	/* Jobs ask every minute whose time is over: without it, by looking at every recipient of every week. */
	"CREATE INDEX rcpt_due ON rcpt(state, expires_ms) WHERE state <> 0;",
};

/* ISO 8601: a week belongs to the year that most of its days are in. */
void
week_name(int64_t wall_ms, char out[WEEK_NAME])
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (!gmtime_r(&t, &tm) || strftime(out, WEEK_NAME, "%G-W%V", &tm) == 0)
		out[0] = '\0';
}

bool
week_is_name(struct str s)
{
	static const char form[] = "0000-W00";

	for (size_t i = 0; i < s.n && i + 1 < sizeof(form); i++)
		if (form[i] == '0' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != form[i])
			return false;
	return s.n == sizeof(form) - 1;
}

/* In a transaction that writes: another process may have been first. */
static enum rc
step_on(sqlite3 *db)
{
	int64_t version = db_value(db, "PRAGMA user_version", -1);
	enum rc rc = version < 0 ? RC_TEMP : RC_OK;
	char number[48];

	for (; rc == RC_OK && version < WEEK_VERSION; version++) {
		snprintf(number, sizeof(number), "PRAGMA user_version=%d", (int)version + 1);
		rc = db_exec(db, steps[version]);
		if (rc == RC_OK)
			rc = db_exec(db, number);
	}
	return rc;
}

/* A file gets the schema of today, with all steps or none of them. One that is just being made is not there yet. */
static enum rc
make_schema(sqlite3 *db, enum db_mode mode)
{
	int64_t version = db_value(db, "PRAGMA user_version", -1);
	enum rc rc;

	if (version < 0 || version >= WEEK_VERSION)
		return version < 0 ? RC_TEMP : version > WEEK_VERSION ? RC_BAD : RC_OK;
	if (version == 0 && mode != DB_MAKE)
		return RC_NONE;
	if (db_exec(db, "BEGIN IMMEDIATE") != RC_OK)
		return RC_TEMP;
	rc = step_on(db);
	return db_exec(db, rc == RC_OK ? "COMMIT" : "ROLLBACK") == RC_OK ? rc : RC_TEMP;
}

static bool
prepare_writer(struct week *w)
{
	w->put = db_prepare(w->db, "INSERT OR IGNORE INTO message(id,time_ms,node,queue_id,message_id,mail_from,header_from,"
	    "subject,client,verdict,findings,sender_group,body,size,score,outcome,complete)"
	    " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
	w->put_doc = db_prepare(w->db, "INSERT INTO doc(n,doc,obs) VALUES(?,?,?)");
	w->put_rcpt = db_prepare(w->db, "INSERT INTO rcpt VALUES(?,?,?,?,?,?,?,?,?)");
	w->event = db_prepare(w->db, "INSERT OR IGNORE INTO event VALUES(?,?,?,?,?,?)");
	w->number = db_prepare(w->db, "SELECT n FROM message WHERE id=?");
	return w->put && w->put_doc && w->put_rcpt && w->event && w->number;
}

enum rc
week_open(struct week *w, const char *dir, const char *name, enum db_mode mode, int wait_ms)
{
	enum rc rc;

	*w = (struct week){ .db = NULL };
	if ((size_t)snprintf(w->path, sizeof(w->path), "%s/%s.db", dir, name) >= sizeof(w->path))
		return RC_BAD;
	rc = db_open(w->path, mode, true, wait_ms, &w->db);
	if (rc != RC_OK)
		return rc;
	rc = make_schema(w->db, mode);
	if (rc == RC_OK && mode != DB_READ && !prepare_writer(w))
		rc = RC_TEMP;
	if (rc == RC_OK && mode == DB_MAKE)
		rc = db_exec(w->db, "PRAGMA wal_autocheckpoint=0");
	if (rc != RC_OK) {
		week_close(w);
		return rc;
	}
	snprintf(w->name, sizeof(w->name), "%s", name);
	return RC_OK;
}

void
week_close(struct week *w)
{
	db_done(&w->put);
	db_done(&w->put_doc);
	db_done(&w->put_rcpt);
	db_done(&w->event);
	db_done(&w->number);
	db_close(&w->db);
	w->name[0] = '\0';
}

enum rc
week_begin(struct week *w)
{
	return db_exec(w->db, "BEGIN IMMEDIATE");
}

enum rc
week_commit(struct week *w)
{
	enum rc rc = db_exec(w->db, "COMMIT");

	if (rc != RC_OK)
		week_back(w);
	return rc;
}

void
week_back(struct week *w)
{
	if (db_exec(w->db, "ROLLBACK") != RC_OK)
		return;		/* SQLite did it itself, as it does when a disk is full */
}

/* ---- one record ---- */

static enum rc
put_doc(struct week *w, int64_t n, const struct record *r)
{
	size_t room = ZSTD_compressBound(r->doc.n), used;
	struct buf doc, obs;
	enum rc rc = RC_TEMP;
	char *p;

	buf_init(&doc, room);
	buf_init(&obs, (r->n_obs + r->n_prints) * OBS_BYTES + 1);
	p = buf_room(&doc, room);
	used = p ? ZSTD_compress(p, room, r->doc.p, r->doc.n, DOC_LEVEL) : 0;
	for (size_t i = 0; i < r->n_obs; i++) {
		int64_t number = observable_number(&r->obs[i]);

		buf_add(&obs, (struct str){ (const char *)&number, OBS_BYTES });
	}
	if (r->n_prints)
		buf_add(&obs, (struct str){ (const char *)r->prints, r->n_prints * OBS_BYTES });
	if (p && !ZSTD_isError(used)) {
		db_bind_num(w->put_doc, 1, n);
		db_bind_blob(w->put_doc, 2, (struct str){ p, used });
		db_bind_blob(w->put_doc, 3, buf_str(&obs));
		rc = db_run(w->put_doc);
		sqlite3_clear_bindings(w->put_doc);
	}
	buf_clear(&doc);
	buf_clear(&obs);
	return rc;
}

static enum rc
put_rcpts(struct week *w, int64_t n, const struct record *r)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < r->n_rcpts; i++) {
		const struct record_rcpt *to = &r->rcpts[i];

		db_bind_num(w->put_rcpt, 1, n);
		db_bind_num(w->put_rcpt, 2, (int64_t)i + 1);
		db_bind(w->put_rcpt, 3, to->address);
		db_bind(w->put_rcpt, 4, to->policy);
		db_bind_num(w->put_rcpt, 5, to->outcome);
		db_bind_num(w->put_rcpt, 6, to->state);
		db_bind_num(w->put_rcpt, 7, to->kind);
		db_bind_num(w->put_rcpt, 8, to->expires_ms);
		db_bind_num(w->put_rcpt, 9, to->changed_ms ? to->changed_ms : r->time_ms);
		rc = db_run(w->put_rcpt);
	}
	return rc;
}

enum rc
week_put(struct week *w, const struct record *r)
{
	const struct str texts[] = { r->node, r->queue_id, r->message_id, r->mail_from, r->from, r->subject, r->client,
	    r->verdict, r->findings, r->group, r->body };
	const int64_t numbers[] = { (int64_t)r->size, r->score, r->outcome, r->complete };
	int at = 1;
	enum rc rc;
	int64_t n;

	db_bind(w->put, at++, r->id);
	db_bind_num(w->put, at++, r->time_ms);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		db_bind(w->put, at++, texts[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		db_bind_num(w->put, at++, numbers[i]);
	rc = db_run(w->put);
	if (rc != RC_OK || sqlite3_changes(w->db) == 0)
		return rc;		/* it is there already */
	n = sqlite3_last_insert_rowid(w->db);
	rc = put_doc(w, n, r);
	return rc == RC_OK ? put_rcpts(w, n, r) : rc;
}

static enum rc
number_of(struct week *w, struct str id, int64_t *n)
{
	enum rc rc;

	db_bind(w->number, 1, id);
	rc = db_step(w->number);
	if (rc == RC_OK)
		*n = db_num(w->number, 0);
	sqlite3_reset(w->number);
	return rc;
}

static enum rc
add_event(struct week *w, int64_t n, const struct record_event *e)
{
	db_bind_num(w->event, 1, n);
	db_bind_num(w->event, 2, e->time_ms);
	db_bind(w->event, 3, e->kind);
	db_bind(w->event, 4, e->who);
	db_bind(w->event, 5, e->rcpt);
	db_bind(w->event, 6, e->detail);
	return db_run(w->event);
}

enum rc
week_event(struct week *w, const struct record_event *e)
{
	int64_t n;
	enum rc rc = number_of(w, e->id, &n);

	return rc == RC_OK ? add_event(w, n, e) : rc;
}

/* ---- steps of the quarantine ---- */

static enum rc
move(struct week *w, const struct records_step *s, size_t *moved)
{
	sqlite3_stmt *st = db_prepare(w->db, "UPDATE rcpt SET state=?1, changed_ms=?2 WHERE n=?3 AND (?4=0 OR number=?4)"
	    " AND (1 << state) & ?5 AND (?6=0 OR changed_ms=?6)");
	int64_t n;
	enum rc rc = st ? number_of(w, s->id, &n) : RC_TEMP;

	if (rc == RC_OK) {
		db_bind_num(st, 1, s->to);
		db_bind_num(st, 2, s->to_ms ? s->to_ms : s->event.time_ms);
		db_bind_num(st, 3, n);
		db_bind_num(st, 4, (int64_t)s->number);
		db_bind_num(st, 5, s->from);
		db_bind_num(st, 6, s->changed_ms);
		rc = db_run(st);
	}
	*moved = rc == RC_OK ? (size_t)sqlite3_changes(w->db) : 0;
	db_done(&st);
	if (rc == RC_OK && *moved == 0)
		return RC_NONE;
	return rc == RC_OK && s->event.kind.n ? add_event(w, n, &s->event) : rc;
}

enum rc
week_move(struct week *w, const struct records_step *s, size_t *moved)
{
	enum rc rc = week_begin(w);

	if (rc != RC_OK)
		return rc;
	rc = move(w, s, moved);
	if (rc == RC_OK)
		return week_commit(w);
	week_back(w);
	return rc;
}

bool
week_holds(struct week *w)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT 1 FROM rcpt WHERE state IN (%d,%d) AND state <> 0 LIMIT 1", ENTRY_HELD,
	    ENTRY_RELEASING);
	return db_value(w->db, sql, 0) != 0;
}

void
week_checkpoint(struct week *w)
{
	sqlite3_wal_checkpoint_v2(w->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}
