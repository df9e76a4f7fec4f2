/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* rd.h - read binary data from a slice without ever running over its end
 *
 * Input    any bytes
 * Units    bytes; numbers little-endian unless the name says be
 * Limits   the slice
 * Memory   rd_bytes borrows from the slice
 * Errors   sticky: after the first short read everything returns 0 or empty and
 *          `err` is set. Read all fields, test err once
 * Threads  reentrant
 * Source   none
 */
#ifndef BASE_RD_H
#define BASE_RD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct rd {
	struct str in;
	size_t off;
	bool err;
};

static inline size_t
rd_left(const struct rd *r)
{
	return r->err ? 0 : r->in.n - r->off;
}

static inline struct str
rd_bytes(struct rd *r, size_t n)
{
	struct str s = STR_NONE;

	if (n > rd_left(r)) {
		r->err = true;
		return s;
	}
	s = str_sub(r->in, r->off, n);
	r->off += n;
	return s;
}

static inline uint64_t
rd_le(struct rd *r, size_t n)
{
	struct str s = rd_bytes(r, n);
	uint64_t v = 0;

	for (size_t i = s.n; i > 0; i--)
		v = v << 8 | (unsigned char)s.p[i - 1];
	return v;
}

static inline uint8_t rd_u8(struct rd *r) { return (uint8_t)rd_le(r, 1); }
static inline uint16_t rd_u16(struct rd *r) { return (uint16_t)rd_le(r, 2); }
static inline uint32_t rd_u32(struct rd *r) { return (uint32_t)rd_le(r, 4); }
static inline uint64_t rd_u64(struct rd *r) { return rd_le(r, 8); }

#endif
