/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* pg_schema.h - the tables of the ledger in PostgreSQL, their versions and their weeks
 *
 * Input    a connection
 * Units    milliseconds
 * Limits   none
 * Memory   none kept
 * Errors   RC_TEMP: no answer, or the server refuses. RC_BAD: a newer sekimori made the tables
 * Threads  any, with a connection of its own; nodes of one database take turns by a lock of the server
 * Source   schema "sekimori" of the database. Tables are parted by id, whose first half is the time: a
 *          partition is a week as in week.h, and forgetting a week is dropping its partitions
 */
#ifndef STORE_PG_SCHEMA_H
#define STORE_PG_SCHEMA_H

#include "store/pg_conn.h"

enum { PG_SCHEMA_VERSION = 3 };

/* Bring the tables to the version of today. */
enum rc pg_schema_ready(struct pg_conn *, int64_t deadline_ms) MUST_CHECK;
enum rc pg_schema_version(struct pg_conn *, int64_t deadline_ms, int64_t *out) MUST_CHECK;

/* The tables of the week that is at wall_ms. */
enum rc pg_schema_week(struct pg_conn *, int64_t wall_ms, int64_t deadline_ms) MUST_CHECK;
/* Records of before version 3 get doc.obs, week by week. *n: how many had none. each_ms: for a week. */
enum rc pg_schema_fill(struct pg_conn *, int64_t each_ms, size_t *n) MUST_CHECK;
/* Drop a week by its name; RC_NONE: somebody's mail is held in it. */
enum rc pg_schema_drop(struct pg_conn *, const char *week, int64_t deadline_ms) MUST_CHECK;

#endif
