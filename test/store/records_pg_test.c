/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/store/records_pg.c lib/store/records_pg_find.c lib/store/records_pg_page.c lib/store/pg_conn.c lib/store/pg_schema.c */
/* A server of our own, in a folder of its own, reached by its socket there; the cases are those of every store. */
#include "records_kit.h"

#include <signal.h>
#include <unistd.h>

#include "base/fdio.h"
#include "pg_server.h"
#include "store/pg_conn.h"
#include "store/pg_schema.h"

/* LOADED_MS: where no deadline is tried. */
enum { DEADLINE_MS = 1000, SLACK_MS = 1500, LOADED_MS = 20000 };

static struct records *
open_within(const struct pg_server *s, enum records_use use, int64_t deadline_ms)
{
	struct records_conf conf = { .backend = RECORDS_POSTGRESQL, .deadline_ms = deadline_ms,
	    .postgres = str_of(s->conninfo) };
	struct records *r = NULL;
	struct buf why;

	buf_init(&why, 1000);
	if (records_open(&conf, str_of(s->dir), use, (struct log_ctx){ NULL, "-" }, &r, &why) != RC_OK)
		test_show("why", buf_str(&why));
	buf_clear(&why);
	return r;
}

static struct records *
open_store(const struct pg_server *s, enum records_use use)
{
	return open_within(s, use, LOADED_MS);
}

/* ---- cases ---- */

static bool
stored(struct records *r, const struct kit_message *m)
{
	struct pool *pool = pool_new(0);
	struct record got;
	bool is = records_get(r, pool, m->record.id, &got, NULL) == RC_OK && got.n_rcpts == 2;

	pool_free(&pool);
	return is;
}

/* Two gates of one database: what one puts the other sees; one of both gets the mail. */
static void
two_nodes(const struct pg_server *s, struct records *a)
{
	struct records *b = open_store(s, RECORDS_GATE);
	struct kit_message m;
	struct records_step step = { .from = 1 << ENTRY_HELD, .to = ENTRY_DELETED, .event = { .kind = STR("deleted") } };
	size_t moved;

	kit_message(&m, clock_wall_ms(), "nodes", ENTRY_HELD);
	step.id = m.record.id;
	test_int(records_put(a, &m.record, kit_deadline()), RC_OK, "a puts");
	test_int(records_put(b, &m.record, kit_deadline()), RC_OK, "b puts the same");
	test_int(stored(b, &m), true, "b sees it");
	test_int(records_move(b, &step, &moved), RC_OK, "b moves it");
	test_int(records_move(a, &step, &moved), RC_NONE, "a is late");
	records_close(&b);
}

/* What is larger than a page comes as a whole, once, in order. */
static bool
in_order(void *arg, const struct record *r)
{
	struct { char last[RECORD_ID + 1]; int n, wrong; } *o = arg;

	if (o->last[0] && memcmp(r->id.p, o->last, RECORD_ID) >= 0)
		o->wrong++;
	memcpy(o->last, r->id.p, RECORD_ID);
	o->n++;
	return true;
}

static void
pages(struct records *r)
{
	struct { char last[RECORD_ID + 1]; int n, wrong; } o = { .n = 0 };
	struct observable term = { OBS_HOST, STR("common.example") };

	for (int i = 0; i < 150; i++) {
		struct kit_message m;

		kit_message(&m, clock_wall_ms(), "page", ENTRY_NONE);
		if (records_put(r, &m.record, kit_deadline()) != RC_OK)
			break;
	}
	test_int(records_find(r, &(struct records_query){ .terms = &term, .n_terms = 1, .outcome = -1 }, in_order, &o), RC_OK,
	    "more than a page");
	test_int(o.n > 500, true, "all of them");
	test_int(o.wrong, 0, "newest first, each once");
}

static uint64_t
waits(struct records *r)
{
	struct records_status status;

	records_status(r, &status);
	return status.spilled;
}

static bool
replayed(struct records *r)
{
	for (int i = 0; i < PG_SERVER_TRIES && waits(r) > 0; i++)
		usleep(PG_SERVER_US);
	return waits(r) == 0;
}

/* The server and all that it started. */
static void
signal_all(const struct pg_server *s, const char *name, int sig)
{
	char pid[32];

	snprintf(pid, sizeof(pid), "%d", (int)s->pid);
	kill(s->pid, sig);
	test_int(pg_server_run("pkill -%s -P %s", name, pid), true, name);
}

/* Put one that the server cannot take now: it is kept, in time. */
static void
put_away(struct records *r, struct kit_message *m, const char *name)
{
	int64_t start = clock_mono_ms();

	kit_message(m, clock_wall_ms(), name, ENTRY_HELD);
	test_int(records_put(r, &m->record, kit_deadline()), RC_OK, name);
	test_int(clock_mono_ms() - start < DEADLINE_MS + SLACK_MS, true, "in time");
	test_int((int64_t)waits(r), 1, "it is in the spill");
	test_int(stored(r, m), false, "nothing can be asked");
	test_int(clock_mono_ms() - start < 2 * DEADLINE_MS + SLACK_MS, true, "which is told in time");
}

/* The server hangs, is killed, comes back: nothing is lost, nobody waits beyond the deadline. */
static void
outages(struct pg_server *s, struct records *r)
{
	struct kit_message m;

	signal_all(s, "STOP", SIGSTOP);
	put_away(r, &m, "put while the server hangs");
	signal_all(s, "CONT", SIGCONT);
	test_int(replayed(r), true, "it goes on: what waited was taken over");
	test_int(stored(r, &m), true, "is there, once");
	pg_server_stop(s);
	put_away(r, &m, "put while there is no server");
	test_int(pg_server_start(s), true, "it starts again");
	test_int(replayed(r), true, "what waited was taken over");
	test_int(stored(r, &m), true, "is there");
	kit_message(&m, clock_wall_ms(), "back", ENTRY_NONE);
	test_int(records_put(r, &m.record, kit_deadline()), RC_OK, "put");
	test_int((int64_t)waits(r), 0, "without the spill");
	test_int(stored(r, &m), true, "is there");
}

static bool
sql(const struct pg_server *s, const char *text)
{
	PGconn *c = PQconnectdb(s->conninfo);
	PGresult *res = PQexec(c, text);
	bool good = PQresultStatus(res) == PGRES_COMMAND_OK || PQresultStatus(res) == PGRES_TUPLES_OK;

	PQclear(res);
	PQfinish(c);
	return good;
}

/* One that the server will never take is put aside, and keeps nothing waiting. */
static void
refused(struct pg_server *s, struct records *r)
{
	struct records_status st;
	struct kit_message bad, good;
	struct buf text;
	char path[PG_SERVER_PATH];

	buf_init(&text, 1 << 16);
	snprintf(path, sizeof(path), "%s/ledger/refused.jsonl", s->dir);
	test_int(sql(s, "ALTER TABLE sekimori.message ADD CONSTRAINT fussy CHECK (verdict <> 'refuse me') NOT VALID"), true,
	    "a table that does not take everything");
	kit_message(&bad, clock_wall_ms(), "bad", ENTRY_NONE);
	bad.record.verdict = STR("refuse me");
	test_int(records_put(r, &bad.record, kit_deadline()), RC_OK, "put: it is kept somewhere");
	test_int((int64_t)waits(r), 0, "it does not wait");
	records_status(r, &st);
	test_int((int64_t)st.refused, 1, "it is counted");
	test_ok(!st.down, "the store is well");
	test_int(fdio_read_file(path, &text), RC_OK, "there is a file");
	test_ok(str_find(buf_str(&text), bad.record.id) != STR_NPOS, "with the record");
	pg_server_stop(s);
	put_away(r, &good, "put while there is no server");
	kit_message(&bad, clock_wall_ms(), "worse", ENTRY_NONE);
	bad.record.verdict = STR("refuse me");
	test_int(records_put(r, &bad.record, kit_deadline()), RC_OK, "and one that it would refuse");
	test_int(pg_server_start(s), true, "it starts again");
	test_int(replayed(r), true, "nothing waits any more");
	test_int(stored(r, &good), true, "the good one is there");
	test_int(stored(r, &bad), false, "the other one is not");
	records_status(r, &st);
	test_int((int64_t)st.refused, 2, "it is in the file as well");
	test_int(sql(s, "ALTER TABLE sekimori.message DROP CONSTRAINT fussy"), true, "as before");
	buf_clear(&text);
}

/* ---- from one backend to the other, and back ---- */

static void
copied(const struct pg_server *s, struct records *from)
{
	struct pg_server other = *s;
	struct records_conf conf = { .backend = RECORDS_SQLITE, .deadline_ms = 5000 };
	struct records *to = NULL, *back;
	char dir[] = "/tmp/records_pg.XXXXXX";
	struct buf why;

	buf_init(&why, 1000);
	if (!mkdtemp(dir) || records_open(&conf, str_of(dir), RECORDS_TOOL, (struct log_ctx){ NULL, "-" }, &to, &why) != RC_OK)
		abort();
	kit_copy(from, to, "from PostgreSQL to SQLite");
	test_int(sql(s, "CREATE DATABASE copy"), true, "another database");
	snprintf(other.conninfo, sizeof(other.conninfo), "host=%s user=gate dbname=copy", s->dir);
	back = open_store(&other, RECORDS_TOOL);
	kit_copy(to, back, "and back");
	records_close(&back);
	records_close(&to);
	buf_clear(&why);
	pg_server_run("rm -rf '%s'%s", dir, "");
}

/* ---- versions ---- */

/* Tables of version 1 become those of today, with what is in them; tables of tomorrow are left alone. */
static void
versions(const struct pg_server *s)
{
	struct entries_query q = { .states = 1 << ENTRY_HELD, .max = 1 };
	struct records_conf conf = { .backend = RECORDS_POSTGRESQL, .deadline_ms = DEADLINE_MS,
	    .postgres = str_of(s->conninfo) };
	struct buf got, before, after;
	struct records *r;
	size_t n;

	buf_init(&got, 1000);
	buf_init(&before, 1 << 24);
	buf_init(&after, 1 << 24);
	r = open_store(s, RECORDS_TOOL);
	kit_dump(r, &before, NULL);
	records_close(&r);
	test_int(sql(s, "DROP INDEX sekimori.rcpt_kept, sekimori.rcpt_of; ALTER TABLE sekimori.doc DROP COLUMN obs;"
	    " DELETE FROM sekimori.version WHERE version>1"), true, "tables of version 1");
	r = open_store(s, RECORDS_TOOL);
	kit_dump(r, &after, NULL);
	test_int((int64_t)after.n, (int64_t)before.n, "what is not filled in is looked for");
	test_int(records_settle(r, &n), RC_OK, "it is filled in");
	test_int(n > 500, true, "all of it");
	test_int(records_settle(r, &n), RC_OK, "and once more");
	test_int((int64_t)n, 0, "nothing is left");
	buf_reset(&after);
	kit_dump(r, &after, NULL);
	test_int((int64_t)after.n, (int64_t)before.n, "as it was before");
	buf_clear(&before);
	buf_clear(&after);
	test_int(r && records_entries(r, &q, kit_take_entry, &got) == RC_OK && got.n > 0, true, "are used");
	records_close(&r);
	test_int(sql(s, "DROP INDEX sekimori.rcpt_kept, sekimori.rcpt_of"), true, "with what version 2 brought");
	test_int(sql(s, "INSERT INTO sekimori.version VALUES(99)"), true, "a newer one");
	buf_reset(&got);
	r = NULL;
	test_int(records_open(&conf, str_of(s->dir), RECORDS_TOOL, (struct log_ctx){ NULL, "-" }, &r, &got), RC_BAD, "is not");
	buf_clear(&got);
}

int
main(void)
{
	struct pg_server s = { .pid = -1 };
	struct records *r;

	if (!pg_server_installed(&s)) {
		test_skip("records in PostgreSQL", "it is not installed");
		return test_done();
	}
	if (!test_ok(pg_server_init(&s) && pg_server_start(&s), "a server of our own"))
		return test_done();
	r = open_store(&s, RECORDS_GATE);
	test_int(r != NULL, true, "open");
	if (r) {
		kit_all(r);
		copied(&s, r);
		two_nodes(&s, r);
		pages(r);
		records_close(&r);
		r = open_within(&s, RECORDS_GATE, DEADLINE_MS);
		outages(&s, r);
		refused(&s, r);
		records_close(&r);
		versions(&s);
	}
	pg_server_stop(&s);
	pg_server_run("rm -rf '%s'%s", s.dir, "");
	return test_done();
}
