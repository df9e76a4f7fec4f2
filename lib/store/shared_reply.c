/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/shared_reply.h"

#include <stdlib.h>

/* hiredis takes memory for as many items as the server announces. */
static void *
bounded_array(const redisReadTask *task, int n)
{
	struct shared_reader *r = task->privdata;

	return n < 0 || n > SHARED_REPLY_ITEMS ? NULL : r->array(task, n);
}

void
shared_reader_init(struct shared_reader *r)
{
	*r = (struct shared_reader){ .reader = redisReaderCreate() };
	if (!r->reader)
		abort();
	r->fn = *r->reader->fn;
	r->array = r->fn.createArray;
	r->fn.createArray = bounded_array;
	r->reader->fn = &r->fn;
	r->reader->privdata = r;
}

void
shared_reader_clear(struct shared_reader *r)
{
	if (r->reader)
		redisReaderFree(r->reader);
	r->reader = NULL;
}

enum rc
shared_reader_feed(struct shared_reader *r, struct str in)
{
	if (in.n > SHARED_REPLY_BYTES - r->fed)
		return RC_LIMIT;
	r->fed += in.n;
	return redisReaderFeed(r->reader, in.p, in.n) == REDIS_OK ? RC_OK : RC_BAD;
}

enum rc
shared_reader_next(struct shared_reader *r, redisReply **out)
{
	void *reply = NULL;

	if (redisReaderGetReply(r->reader, &reply) != REDIS_OK)
		return RC_BAD;
	*out = reply;
	return reply ? RC_OK : RC_NONE;
}

void
shared_reader_done(struct shared_reader *r)
{
	r->fed = 0;
}

void
shared_reply_free(redisReply **reply)
{
	freeReplyObject(*reply);
	*reply = NULL;
}

struct str
shared_reply_text(const redisReply *r)
{
	if (r && (r->type == REDIS_REPLY_STRING || r->type == REDIS_REPLY_STATUS || r->type == REDIS_REPLY_ERROR))
		return (struct str){ r->str, r->len };
	return STR_NONE;
}

bool
shared_reply_is_error(const redisReply *r)
{
	return r->type == REDIS_REPLY_ERROR;
}

const redisReply *
shared_reply_item(const redisReply *r, size_t i)
{
	return r && r->type == REDIS_REPLY_ARRAY && i < r->elements ? r->element[i] : NULL;
}

void
shared_put_command(struct buf *out, const struct str *words, size_t n)
{
	buf_printf(out, "*%zu\r\n", n);
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "$%zu\r\n", words[i].n);
		buf_add(out, words[i]);
		buf_adds(out, "\r\n");
	}
}
