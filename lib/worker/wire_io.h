/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* wire_io.h - the few shapes that every body of wire.h is made of
 *
 * Input    get: bytes of another process
 * Units    little-endian numbers; a string is u32 length and bytes
 * Limits   the frame; wire_io_count also the given maximum
 * Memory   strings borrow from the reader's slice
 * Errors   sticky, as in base/rd.h
 * Threads  reentrant
 * Source   wire.h
 */
#ifndef WORKER_WIRE_IO_H
#define WORKER_WIRE_IO_H

#include "base/buf.h"
#include "base/pool.h"
#include "base/rd.h"

static inline void
wire_io_put(struct buf *b, uint64_t v, size_t n)
{
	char *at = buf_room(b, n);

	if (!at)
		return;
	for (size_t i = 0; i < n; i++)
		at[i] = (char)(unsigned char)(v >> (8 * i));
	b->n += n;
	b->p[b->n] = '\0';
}

static inline void wire_io_u8(struct buf *b, unsigned v) { wire_io_put(b, v, 1); }
static inline void wire_io_u32(struct buf *b, uint64_t v) { wire_io_put(b, v, 4); }
static inline void wire_io_u64(struct buf *b, uint64_t v) { wire_io_put(b, v, 8); }

static inline void
wire_io_str(struct buf *b, struct str s)
{
	wire_io_u32(b, s.n);
	buf_add(b, s);
}

static inline struct str
wire_io_get_str(struct rd *r)
{
	return rd_bytes(r, rd_u32(r));
}

static inline bool
wire_io_get_bool(struct rd *r)
{
	uint8_t v = rd_u8(r);

	r->err |= v > 1;
	return v == 1;
}

/* A number that must stay below `end`. */
static inline uint32_t
wire_io_get_below(struct rd *r, uint32_t end)
{
	uint32_t v = rd_u32(r);

	r->err |= v >= end;
	return r->err ? 0 : v;
}

/* How many elements follow: at most max, and each takes `least` bytes or more, so that a
 * short frame can never make the reader allocate for a long list. */
static inline size_t
wire_io_count(struct rd *r, size_t max, size_t least)
{
	size_t n = rd_u32(r);

	r->err |= n > max || n > rd_left(r) / least;
	return r->err ? 0 : n;
}

/* Everything was read, nothing is left over. */
static inline enum rc
wire_io_end(const struct rd *r)
{
	return !r->err && r->off == r->in.n ? RC_OK : RC_BAD;
}

/* A reader over a copy of `in` that lives in the pool: strings need no copies of their own. */
static inline struct rd
wire_io_reader(struct pool *pool, struct str in)
{
	return (struct rd){ .in = pool_str(pool, in) };
}

#endif
