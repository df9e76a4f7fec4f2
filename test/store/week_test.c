/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/store/week.c lib/store/week_find.c lib/store/db.c */
/* Files of older and newer versions. */
#include "records_kit.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zstd.h>

#include "store/records_ops.h"
#include "store/week.h"

enum { READERS = 6, WEEKS = 30, TRIES = 100, TRY_US = 100000, DAY_MS = 86400 * 1000 };

/* As version 1 made its files: this text stays as it is. */
static const char version_1[] =
    "PRAGMA page_size=8192; PRAGMA journal_mode=WAL;"
    "CREATE TABLE message(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, time_ms INTEGER NOT NULL, node TEXT,"
    " queue_id TEXT, message_id TEXT, mail_from TEXT, header_from TEXT, subject TEXT, client TEXT,"
    " verdict TEXT, findings TEXT, sender_group TEXT,"
    " body TEXT, size INTEGER, score INTEGER, outcome INTEGER, complete INTEGER);"
    "CREATE TABLE doc(n INTEGER PRIMARY KEY, doc BLOB, obs BLOB);"
    "CREATE TABLE rcpt(n INTEGER, number INTEGER, address TEXT, policy TEXT, outcome INTEGER, state INTEGER, kind INTEGER,"
    " expires_ms INTEGER, changed_ms INTEGER, PRIMARY KEY(n, number)) WITHOUT ROWID;"
    "CREATE INDEX rcpt_kept ON rcpt(state, n) WHERE state <> 0;"
    "CREATE INDEX rcpt_of ON rcpt(address, n) WHERE state <> 0;"
    "CREATE TABLE event(n INTEGER, time_ms INTEGER, kind TEXT, who TEXT, rcpt TEXT, detail TEXT,"
    " PRIMARY KEY(n, time_ms, kind, rcpt, who)) WITHOUT ROWID;"
    "PRAGMA user_version=1;";

struct site {
	char dir[32], ledger[48], name[WEEK_NAME], file[80];
	int64_t now_ms;
	struct kit_message m;
};

static void
clean(const struct site *s)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf '%s'", s->dir);
	if (system(command) != 0)
		perror(s->dir);
}

static int64_t
ask(const char *file, const char *sql)
{
	sqlite3 *db = NULL;
	int64_t got = -1;

	if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
		got = db_value(db, sql, 0);
	sqlite3_close(db);
	return got;
}

static bool
change(const char *file, const char *sql)
{
	sqlite3 *db = NULL;
	bool good = sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK &&
	    sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;

	sqlite3_close(db);
	return good;
}

/* The record of s->m, as version 1 wrote it. */
static bool
write_1(const struct site *s)
{
	const struct record *r = &s->m.record;
	int64_t print = observable_number(&s->m.obs[0]);
	unsigned char packed[200];
	size_t used = ZSTD_compress(packed, sizeof(packed), r->doc.p, r->doc.n, 1);
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	char sql[2000];
	bool good;

	if (!change(s->file, version_1) || sqlite3_open(s->file, &db) != SQLITE_OK)
		return false;
	snprintf(sql, sizeof(sql), "INSERT INTO message VALUES(1,'%s',%lld,'mx1','4fAbC','%s','%s','author@example.net','%s',"
	    "'192.0.2.1','spam','SPF_FAIL YARA:X','unknown','%s',12345,105,2,1);"
	    "INSERT INTO rcpt VALUES(1,1,'%s','enforce',2,%d,%d,%lld,%lld),(1,2,'second@example.com','',0,0,0,0,%lld);"
	    "INSERT INTO event VALUES(1,%lld,'clicked','person a@example.com','','{}');", s->m.id, (long long)s->now_ms,
	    s->m.text[2], s->m.text[0], s->m.text[3], s->m.id, s->m.text[1], ENTRY_HELD, QUARANTINE_SPAM,
	    (long long)s->now_ms + DAY_MS, (long long)s->now_ms, (long long)s->now_ms, (long long)s->now_ms + 5);
	good = sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "INSERT INTO doc VALUES(1,?,?)", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_bind_blob(st, 1, packed, (int)used, SQLITE_STATIC) == SQLITE_OK &&
	    sqlite3_bind_blob(st, 2, &print, sizeof(print), SQLITE_STATIC) == SQLITE_OK && sqlite3_step(st) == SQLITE_DONE;
	sqlite3_finalize(st);
	sqlite3_close(db);
	return good;
}

/* A site whose ledger an older version wrote, this week. */
static void
old_site(struct site *s)
{
	*s = (struct site){ .dir = "/tmp/week.XXXXXX", .now_ms = clock_wall_ms() };
	if (!mkdtemp(s->dir))
		abort();
	snprintf(s->ledger, sizeof(s->ledger), "%s/ledger", s->dir);
	if (mkdir(s->ledger, 0700) != 0)
		abort();
	week_name(s->now_ms, s->name);
	snprintf(s->file, sizeof(s->file), "%s/%s.db", s->ledger, s->name);
	kit_message(&s->m, s->now_ms, "old", ENTRY_HELD);
	test_int(write_1(s), true, "a file of version 1");
	test_int(ask(s->file, "PRAGMA user_version"), 1, "is of version 1");
}

static enum rc
open_site(const struct site *s, enum records_use use, struct records **r, struct buf *why)
{
	static const struct records_conf conf = { .backend = RECORDS_SQLITE, .deadline_ms = 5000 };

	*r = NULL;
	return records_open(&conf, str_of(s->dir), use, (struct log_ctx){ NULL, "-" }, r, why);
}

/* Tables and indexes, in words. */
static void
schema_of(const char *file, struct buf *out)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;

	if (sqlite3_open(file, &db) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name", -1, &st, NULL) == SQLITE_OK)
		while (sqlite3_step(st) == SQLITE_ROW)
			buf_printf(out, "%s\n", (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	sqlite3_close(db);
}

static void
same_as_new(const struct site *s)
{
	struct buf old, made;
	char file[80];
	struct week w;

	buf_init(&old, 10000);
	buf_init(&made, 10000);
	test_int(week_open(&w, s->ledger, "2020-W01", DB_MAKE, 1000), RC_OK, "a new file");
	week_close(&w);
	snprintf(file, sizeof(file), "%s/2020-W01.db", s->ledger);
	schema_of(s->file, &old);
	schema_of(file, &made);
	test_int(made.n > 500, true, "has a schema");
	test_str(buf_str(&old), buf_str(&made), "the older file has the same now");
	test_int(ask(s->file, "PRAGMA user_version"), WEEK_VERSION, "and its version");
	buf_clear(&old);
	buf_clear(&made);
}

static void
whole(struct records *r, const struct site *s)
{
	struct observable term = s->m.obs[0];
	struct pool *pool = pool_new(0);
	struct vec events = { .n = 0 };
	struct record got;

	test_int(records_get(r, pool, s->m.record.id, &got, &events), RC_OK, "its record");
	test_str(got.subject, s->m.record.subject, "subject");
	test_str(got.doc, s->m.record.doc, "doc");
	test_int((int64_t)got.n_rcpts, 2, "recipients");
	test_int(got.rcpts[0].state, ENTRY_HELD, "the first is held");
	test_int((int64_t)events.n, 1, "its event");
	kit_find(r, &(struct records_query){ .terms = &term, .n_terms = 1, .outcome = -1 },
	    pool_printf(pool, "%s ", s->m.id).p, "found by its sender");
	pool_free(&pool);
}

/* Whoever opens it first brings it up, and it goes on as if it had always been so. */
static void
brought_up(void)
{
	struct kit_message new;
	struct records *r;
	char want[100];
	struct site s;
	struct buf why;
	size_t moved;

	buf_init(&why, 1000);
	old_site(&s);
	test_int(open_site(&s, RECORDS_TOOL, &r, &why), RC_OK, "a tool opens it");
	whole(r, &s);
	same_as_new(&s);
	kit_message(&new, s.now_ms + 1, "new", ENTRY_HELD);
	test_int(records_put(r, &new.record, kit_deadline()), RC_OK, "a new record");
	kit_entries(r, &(struct entries_query){ .states = 1 << ENTRY_HELD, .expired_by_ms = s.now_ms }, "", "nobody's time is over");
	snprintf(want, sizeof(want), "%s.1:held ", new.id);
	kit_entries(r, &(struct entries_query){ .states = 1 << ENTRY_HELD | 1 << ENTRY_ORIGINAL, .expired_by_ms = s.now_ms + 5000 },
	    want, "that of the new one is");
	snprintf(want, sizeof(want), "%s.1:held %s.1:held ", new.id, s.m.id);
	kit_entries(r, &(struct entries_query){ .states = 1 << ENTRY_HELD }, want, "both are held");
	test_int(records_move(r, &(struct records_step){ .id = s.m.record.id, .from = 1 << ENTRY_HELD, .to = ENTRY_RELEASED,
	    .event = { .kind = STR("released") } }, &moved), RC_OK, "the older one is released");
	snprintf(want, sizeof(want), "%s.1:held ", new.id);
	kit_entries(r, &(struct entries_query){ .states = 1 << ENTRY_HELD }, want, "one is held");
	snprintf(want, sizeof(want), "%s.1:held %s.1:released ", new.id, s.m.id);
	kit_entries(r, &(struct entries_query){ .states = 1 << ENTRY_HELD | 1 << ENTRY_RELEASED }, want, "states together");
	records_close(&r);
	buf_clear(&why);
	clean(&s);
}

/* All at the same time: each sees it whole. */
static void
many_at_once(void)
{
	pid_t pids[READERS];
	int bad = 0, status;
	struct site s;

	old_site(&s);
	for (int i = 0; i < READERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct week w;
			enum rc rc = week_open(&w, s.ledger, s.name, i % 2 ? DB_READ : DB_MAKE, 20000);

			_exit(rc != RC_OK || db_value(w.db, "SELECT count(*) FROM message", 0) != 1);
		}
	}
	for (int i = 0; i < READERS; i++)
		bad += pids[i] < 0 || waitpid(pids[i], &status, 0) != pids[i] || status != 0;
	test_int(bad, 0, "six processes open it");
	same_as_new(&s);
	clean(&s);
}

/* Who opens 2021-W01 and so on while others do. Returns how often it was refused. */
static int
make_many(const char *dir, enum db_mode mode)
{
	int refused = 0;

	for (int i = 1; i <= WEEKS; i++) {
		char name[WEEK_NAME];
		struct week w;
		enum rc rc;

		snprintf(name, sizeof(name), "2021-W%02d", i);
		rc = week_open(&w, dir, name, mode, 20000);
		refused += rc != RC_OK && (rc != RC_NONE || mode == DB_MAKE);
		if (rc == RC_OK && db_value(w.db, "SELECT count(*) FROM message", -1) != 0)
			refused++;
		week_close(&w);
	}
	return refused;
}

/* New files, made by several at the same time while others look whether they are there. */
static void
made_at_once(void)
{
	pid_t pids[READERS];
	int bad = 0, status;
	struct site s;
	char file[80];

	old_site(&s);
	for (int i = 0; i < READERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(make_many(s.ledger, i % 3 ? DB_MAKE : DB_WRITE));
	}
	for (int i = 0; i < READERS; i++)
		bad += pids[i] < 0 || waitpid(pids[i], &status, 0) != pids[i] || status != 0;
	test_int(bad, 0, "several make files at the same time");
	snprintf(file, sizeof(file), "%s/2021-W%02d.db", s.ledger, WEEKS);
	test_int(ask(file, "PRAGMA user_version"), WEEK_VERSION, "of today's version");
	test_int(ask(file, "PRAGMA page_size"), 8192, "with its pages");
	clean(&s);
}

/* A step that cannot be done leaves the file as it was. */
static void
step_fails(void)
{
	struct site s;
	struct week w;

	old_site(&s);
	test_int(change(s.file, "CREATE TABLE rcpt_due(mine)"), true, "somebody else's table in the way");
	test_int(week_open(&w, s.ledger, s.name, DB_WRITE, 1000), RC_TEMP, "is not opened");
	test_int(ask(s.file, "PRAGMA user_version"), 1, "of version 1 as before");
	test_int(change(s.file, "DROP TABLE rcpt_due"), true, "out of the way");
	test_int(week_open(&w, s.ledger, s.name, DB_WRITE, 1000), RC_OK, "now it is");
	week_close(&w);
	same_as_new(&s);
	clean(&s);
}

/* What is not written to any more is brought up, too, when an operator settles the store. */
static void
settled(void)
{
	struct records *r;
	char newer[80];
	struct week w;
	struct site s;
	struct buf why;
	size_t n;

	buf_init(&why, 1000);
	old_site(&s);
	test_int(week_open(&w, s.ledger, "2090-W01", DB_MAKE, 1000), RC_OK, "a newer week");
	week_close(&w);
	snprintf(newer, sizeof(newer), "%s/2090-W01.db", s.ledger);
	test_int(open_site(&s, RECORDS_TOOL, &r, &why), RC_OK, "open");
	test_int(ask(s.file, "PRAGMA user_version"), 1, "nobody has asked for the older week");
	test_int(records_settle(r, &n), RC_OK, "settle");
	test_int((int64_t)n, 1, "it had no index");
	same_as_new(&s);
	records_close(&r);
	buf_clear(&why);
	clean(&s);
}

/* It is left alone, and whoever comes is told. */
static void
of_tomorrow(void)
{
	struct records *r;
	char want[300];
	struct site s;
	struct buf why;

	buf_init(&why, 1000);
	old_site(&s);
	test_int(change(s.file, "PRAGMA user_version=99; DROP TABLE event"), true, "a file of tomorrow");
	snprintf(want, sizeof(want), "%s: a newer sekimori made this file; this one knows version %d and older", s.file,
	    WEEK_VERSION);
	test_int(open_site(&s, RECORDS_TOOL, &r, &why), RC_BAD, "a tool refuses it");
	test_str(buf_str(&why), str_of(want), "in words");
	buf_reset(&why);
	test_int(open_site(&s, RECORDS_GATE, &r, &why), RC_BAD, "a gate refuses it");
	test_str(buf_str(&why), str_of(want), "in words");
	test_int(ask(s.file, "PRAGMA user_version"), 99, "it is as it was");
	test_int(ask(s.file, "SELECT count(*) FROM sqlite_master WHERE name='event'"), 0, "without a change");
	buf_clear(&why);
	clean(&s);
}

/* The package is replaced, a tool of it came first: what the running gate is given waits for the next gate. */
static void
under_a_gate(void)
{
	struct records_status status;
	struct pool *pool = pool_new(0);
	struct kit_message m;
	struct records *r;
	struct record got;
	struct site s;
	struct buf why;

	buf_init(&why, 1000);
	old_site(&s);
	test_int(open_site(&s, RECORDS_GATE, &r, &why), RC_OK, "a gate");
	test_int(change(s.file, "PRAGMA user_version=99"), true, "the file is brought to tomorrow's version");
	kit_message(&m, s.now_ms + 1, "during", ENTRY_HELD);
	test_int(records_put(r, &m.record, kit_deadline()), RC_OK, "a record is taken all the same");
	records_status(r, &status);
	test_int((int64_t)status.spilled, 1, "by the spill");
	test_int(status.down, true, "the status says so");
	records_close(&r);
	test_int(change(s.file, "PRAGMA user_version=2"), true, "as the next gate knows it");
	test_int(open_site(&s, RECORDS_GATE, &r, &why), RC_OK, "the next gate");
	for (int i = 0; i < TRIES && records_get(r, pool, m.record.id, &got, NULL) != RC_OK; i++)
		usleep(TRY_US);
	test_int(records_get(r, pool, m.record.id, &got, NULL), RC_OK, "takes it over");
	records_close(&r);
	pool_free(&pool);
	buf_clear(&why);
	clean(&s);
}

int
main(void)
{
	brought_up();
	many_at_once();
	made_at_once();
	step_fails();
	settled();
	of_tomorrow();
	under_a_gate();
	return test_done();
}
