/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* shared_conn.h - one connection to a Redis server or to a Sentinel
 *
 * Input    what the server answers, bounded by shared_reply.h
 * Units    deadlines in monotonic milliseconds
 * Limits   none of its own
 * Memory   shared_conn_close frees; replies belong to the caller
 * Errors   RC_TEMP: refused, closed, late, not the protocol; `why` says which. After that the
 *          connection is only good for closing
 * Threads  one connection belongs to one thread at a time
 * Source   own sockets instead of hiredis': close-on-exec, no SIGPIPE, one deadline for everything
 */
#ifndef STORE_SHARED_CONN_H
#define STORE_SHARED_CONN_H

#include "store/shared_find.h"
#include "store/shared_reply.h"

enum { SHARED_PASSWORD = 512 };

struct shared_login {
	struct str user;		/* empty: the server's default user */
	char password[SHARED_PASSWORD + 1];	/* empty: none is sent */
	int64_t db;
};

struct shared_conn;

/* Connect; login NULL: say nothing. */
enum rc shared_conn_open(const struct shared_addr *, const struct shared_login *, int64_t deadline_ms,
    struct shared_conn **, struct buf *why) MUST_CHECK;
void shared_conn_close(struct shared_conn **);
/* Is it still there, with nothing unread? */
bool shared_conn_is_idle(const struct shared_conn *);

enum rc shared_conn_send(struct shared_conn *, struct str commands, int64_t deadline_ms, struct buf *why) MUST_CHECK;
enum rc shared_conn_reply(struct shared_conn *, int64_t deadline_ms, redisReply **, struct buf *why) MUST_CHECK;
/* One command, one reply. An error of the server is a reply here. */
enum rc shared_conn_ask(struct shared_conn *, const struct str *words, size_t n, int64_t deadline_ms,
    redisReply **, struct buf *why) MUST_CHECK;
/* AUTH and SELECT as far as the login has them. */
enum rc shared_conn_login(struct shared_conn *, const struct shared_login *, int64_t deadline_ms,
    struct buf *why) MUST_CHECK;

#endif
