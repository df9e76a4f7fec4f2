/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/pg_schema.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "store/record.h"
#include "store/week.h"

/* LOCK: "sekimori" as a number; whoever changes tables holds it to the end of the transaction. */
#define LOCK "SELECT pg_advisory_xact_lock(7308332046199417961);"
enum { DAY_MS = 86400000, WEEK_DAYS = 7, THURSDAY = 3, SQL_BYTES = 4096 };

static const char *const steps[PG_SCHEMA_VERSION] = {
	("CREATE TABLE message(id text COLLATE \"C\" PRIMARY KEY, time_ms bigint NOT NULL, node text,"
	" queue_id text, message_id text, mail_from text, header_from text, subject text, client text,"
	" verdict text, findings text, sender_group text, body text, size bigint, score bigint,"
	" outcome integer, complete integer) PARTITION BY RANGE(id);"
	"CREATE TABLE doc(id text COLLATE \"C\" PRIMARY KEY, doc bytea) PARTITION BY RANGE(id);"
	"CREATE TABLE rcpt(id text COLLATE \"C\", number integer, address text, policy text, outcome integer,"
	" state integer, kind integer, expires_ms bigint, changed_ms bigint,"
	" PRIMARY KEY(id, number)) PARTITION BY RANGE(id);"
	"CREATE TABLE event(id text COLLATE \"C\", time_ms bigint, digest text, kind text, who text, rcpt text,"
	" detail bytea, PRIMARY KEY(id, time_ms, digest)) PARTITION BY RANGE(id);"
	"CREATE TABLE obs(hash bigint, id text COLLATE \"C\", PRIMARY KEY(hash, id)) PARTITION BY RANGE(id);"),
	("CREATE INDEX rcpt_kept ON rcpt(state, id) WHERE state <> 0;"
	"CREATE INDEX rcpt_of ON rcpt(address, id) WHERE state <> 0;"),
	/* What a record can be found by, beside it as well: the table obs cannot tell it by id. NULL: not filled in yet. */
	"ALTER TABLE doc ADD COLUMN obs bytea;",
};

static const char *const tables[] = { "message", "doc", "rcpt", "event", "obs" };
enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

static enum rc
ask_number(struct pg_conn *c, const char *sql, int64_t deadline_ms, int64_t *out)
{
	PGresult *res;
	enum rc rc = pg_run(c, &(struct pg_query){ .sql = sql }, deadline_ms, &res);

	if (rc != RC_OK)
		return rc;
	*out = res && PQntuples(res) > 0 ? pg_cell_number(res, 0, 0) : 0;
	PQclear(res);
	return RC_OK;
}

enum rc
pg_schema_version(struct pg_conn *c, int64_t deadline_ms, int64_t *out)
{
	enum rc rc = ask_number(c, "SELECT count(*) FROM pg_tables WHERE schemaname='sekimori' AND tablename='version'",
	    deadline_ms, out);

	return rc == RC_OK && *out > 0 ? ask_number(c, "SELECT max(version) FROM version", deadline_ms, out) : rc;
}

/* In a transaction that holds the lock: another node may have been first. */
static enum rc
step_on(struct pg_conn *c, int64_t deadline_ms)
{
	char sql[SQL_BYTES];
	int64_t version;
	enum rc rc = pg_schema_version(c, deadline_ms, &version);

	for (; rc == RC_OK && version < PG_SCHEMA_VERSION; version++) {
		snprintf(sql, sizeof(sql), "%s INSERT INTO version VALUES(%d)", steps[version], (int)version + 1);
		rc = pg_script(c, sql, deadline_ms);
	}
	return rc;
}

static enum rc
end(struct pg_conn *c, enum rc rc, int64_t deadline_ms)
{
	enum rc ended = pg_script(c, rc == RC_OK ? "COMMIT" : "ROLLBACK", deadline_ms);

	return rc == RC_OK ? ended : rc;
}

enum rc
pg_schema_ready(struct pg_conn *c, int64_t deadline_ms)
{
	int64_t version;
	enum rc rc = pg_schema_version(c, deadline_ms, &version);

	if (rc != RC_OK || version == PG_SCHEMA_VERSION)
		return rc;
	if (version > PG_SCHEMA_VERSION)
		return RC_BAD;
	rc = pg_script(c, "BEGIN;" LOCK "CREATE SCHEMA IF NOT EXISTS sekimori;"
	    "CREATE TABLE IF NOT EXISTS version(version integer PRIMARY KEY, made timestamptz DEFAULT now())", deadline_ms);
	return end(c, rc == RC_OK ? step_on(c, deadline_ms) : rc, deadline_ms);
}

/* ---- weeks ---- */

/* The first ten characters of an id of that moment. */
static void
bound(int64_t wall_ms, char out[RECORD_ID + 1])
{
	record_id_make(wall_ms, out);
	out[RECORD_ID_TIME] = '\0';
}

/* 1970-01-01 was a Thursday, weeks begin on Mondays. */
enum rc
pg_schema_week(struct pg_conn *c, int64_t wall_ms, int64_t deadline_ms)
{
	int64_t day = wall_ms / DAY_MS, monday = day - (day + THURSDAY) % WEEK_DAYS;
	char name[WEEK_NAME], from[RECORD_ID + 1], to[RECORD_ID + 1];
	struct buf sql;
	enum rc rc;

	week_name(wall_ms, name);
	bound(monday * DAY_MS, from);
	bound((monday + WEEK_DAYS) * DAY_MS, to);
	buf_init(&sql, SQL_BYTES);
	buf_adds(&sql, "BEGIN;" LOCK);
	for (size_t i = 0; i < TABLES; i++)
		buf_printf(&sql, "CREATE TABLE IF NOT EXISTS \"%s_%s\" PARTITION OF %s FOR VALUES FROM ('%s') TO ('%s');",
		    tables[i], name, tables[i], from, to);
	rc = end(c, pg_script(c, buf_cstr(&sql), deadline_ms), deadline_ms);
	buf_clear(&sql);
	return rc;
}

/* Numbers as bytes, the highest first. */
static enum rc
fill_week(struct pg_conn *c, const char *week, int64_t deadline_ms, size_t *n)
{
	char sql[SQL_BYTES];
	PGresult *res = NULL;
	enum rc rc;

	snprintf(sql, sizeof(sql), "UPDATE \"doc_%s\" d SET obs=coalesce(o.all_of,''::bytea) FROM \"doc_%s\" x LEFT JOIN"
	    " (SELECT id, string_agg(int8send(hash),''::bytea) all_of FROM \"obs_%s\" GROUP BY id) o ON o.id=x.id"
	    " WHERE d.id=x.id AND d.obs IS NULL AND EXISTS(SELECT 1 FROM \"doc_%s\" WHERE obs IS NULL)",
	    week, week, week, week);
	rc = pg_run(c, &(struct pg_query){ .sql = sql }, deadline_ms, &res);
	if (rc == RC_OK)
		*n += (size_t)strtoull(PQcmdTuples(res), NULL, 10);
	PQclear(res);
	return rc;
}

enum rc
pg_schema_fill(struct pg_conn *c, int64_t each_ms, size_t *n)
{
	static const char sql[] = "SELECT substr(c.relname, 5) FROM pg_inherits i JOIN pg_class c ON c.oid=i.inhrelid"
	    " WHERE i.inhparent='doc'::regclass ORDER BY 1";
	PGresult *res = NULL;
	enum rc rc = pg_run(c, &(struct pg_query){ .sql = sql }, clock_mono_ms() + each_ms, &res);

	for (int i = 0; rc == RC_OK && i < PQntuples(res); i++)
		if (week_is_name(pg_cell(res, i, 0)))
			rc = fill_week(c, PQgetvalue(res, i, 0), clock_mono_ms() + each_ms, n);
	PQclear(res);
	return rc;
}

enum rc
pg_schema_drop(struct pg_conn *c, const char *week, int64_t deadline_ms)
{
	char sql[SQL_BYTES];
	int64_t held = 0;
	enum rc rc;

	snprintf(sql, sizeof(sql), "BEGIN;" LOCK "LOCK TABLE \"rcpt_%s\" IN ACCESS EXCLUSIVE MODE", week);
	rc = pg_script(c, sql, deadline_ms);
	if (rc == RC_OK) {
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM \"rcpt_%s\" WHERE state IN (%d,%d)", week, ENTRY_HELD,
		    ENTRY_RELEASING);
		rc = ask_number(c, sql, deadline_ms, &held);
	}
	for (size_t i = 0; rc == RC_OK && held == 0 && i < TABLES; i++) {
		snprintf(sql, sizeof(sql), "DROP TABLE \"%s_%s\"", tables[i], week);
		rc = pg_script(c, sql, deadline_ms);
	}
	rc = end(c, rc, deadline_ms);
	return rc == RC_OK && held > 0 ? RC_NONE : rc;
}
