/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* server.h - what can be behind an asker: a database, a directory, the next mail server
 *
 * Input    files and words of the operator; questions from recipient/address.h
 * Units    milliseconds
 * Limits   those of the deadline each question has
 * Memory   the opener's argument belongs to the asker, which frees it
 * Errors   RC_BAD with a line for each error in the operator's file
 * Threads  each thread of an asker has its own connection
 * Source   Postfix sqlite_table(5), ldap_table(5); RFC 5321 for call-ahead
 */
#ifndef RECIPIENT_SERVER_H
#define RECIPIENT_SERVER_H

#include "recipient/asker.h"

struct server {
	const struct asker_ops *ops;
	void *arg;
};

enum rc server_sqlite(const char *path, struct server *out, struct buf *why) MUST_CHECK;
enum rc server_ldap(const char *path, struct server *out, struct buf *why) MUST_CHECK;
/* "host", "host:port", "[2001:db8::1]:25". helo: the name we say. */
enum rc server_callahead(struct str host, struct str helo, int64_t catchall_ms, struct log_ctx, struct server *out,
    struct buf *why) MUST_CHECK;

#endif
