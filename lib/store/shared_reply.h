/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* shared_reply.h - what a Redis server says, read with bounds; and commands to it
 *
 * Input    bytes of the server, which may be any
 * Units    bytes
 * Limits   SHARED_REPLY_BYTES fed in all before shared_reader_clear, SHARED_REPLY_ITEMS of one array
 * Memory   a reply belongs to the caller until shared_reply_free
 * Errors   RC_NONE: no whole reply yet. RC_BAD: not the protocol. RC_LIMIT: too much
 * Threads  one reader belongs to one thread at a time
 * Source   RESP2, read by hiredis; its own bounds allow arrays and strings of 512 MB
 */
#ifndef STORE_SHARED_REPLY_H
#define STORE_SHARED_REPLY_H

#include <hiredis/hiredis.h>

#include "base/buf.h"
#include "base/rc.h"

enum { SHARED_REPLY_BYTES = 4 * 1024 * 1024, SHARED_REPLY_ITEMS = 65536 };

struct shared_reader {
	redisReader *reader;
	redisReplyObjectFunctions fn;	/* hiredis' own, but for arrays */
	void *(*array)(const redisReadTask *, int);
	size_t fed;
};

void shared_reader_init(struct shared_reader *);
void shared_reader_clear(struct shared_reader *);
enum rc shared_reader_feed(struct shared_reader *, struct str) MUST_CHECK;
/* The next whole reply. */
enum rc shared_reader_next(struct shared_reader *, redisReply **) MUST_CHECK;
/* The replies of one call were all read: the next call has the whole budget again. */
void shared_reader_done(struct shared_reader *);
void shared_reply_free(redisReply **);

/* The text of a string, status or error; empty for anything else. */
struct str shared_reply_text(const redisReply *);
bool shared_reply_is_error(const redisReply *);
/* Item i of an array, or NULL. */
const redisReply *shared_reply_item(const redisReply *, size_t i);

/* Append one command of n words. */
void shared_put_command(struct buf *, const struct str *words, size_t n);

#endif
