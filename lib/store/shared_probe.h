/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* shared_probe.h - find the Redis server that takes writes, and prove that it does
 *
 * Input    the addresses of the configuration; answers of servers and Sentinels
 * Units    milliseconds
 * Limits   wait_ms for each server that is asked
 * Memory   borrows conf's texts
 * Errors   RC_TEMP with `why`
 * Threads  one at a time; waits for name servers, so no thread that answers mail calls it
 * Source   Redis, Sentinel client guidelines
 */
#ifndef STORE_SHARED_PROBE_H
#define STORE_SHARED_PROBE_H

#include "store/shared_conn.h"
#include "store/shared_script.h"

enum { SHARED_SENTINELS = 16 };

struct shared_target {
	struct shared_place server;
	struct shared_place sentinel[SHARED_SENTINELS];
	size_t n_sentinels;
	struct str master;		/* name of the service */
	struct str password_file;	/* read anew by each probe */
	struct str prefix;		/* of keys */
	struct shared_script script;
};

enum rc shared_target_init(struct shared_target *, const struct counters_conf *, struct buf *why) MUST_CHECK;
/* The first line of the password file; RC_OK also when there is no file to read. */
enum rc shared_password(const struct shared_target *, struct shared_login *, struct buf *why) MUST_CHECK;
/* Connect to the server, write three counters. On success its address is set and the connection is open. */
enum rc shared_probe(const struct shared_target *, struct shared_login *, int64_t wait_ms,
    struct shared_addr *, struct shared_conn **, struct buf *why) MUST_CHECK;

#endif
