/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "engine/zip_dir.h"

#include <stdlib.h>

#include "base/rd.h"

enum {
	LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50,
	END_BYTES = 22, CENTRAL_BYTES = 46, COMMENT_MAX = 65535,
	SLACK = 64	/* between two entries: data descriptors and alignment */
};

static uint32_t
u32_at(struct str s, size_t off)
{
	struct rd r = { .in = s, .off = off <= s.n ? off : s.n };

	return rd_u32(&r);
}

bool
zip_is(struct str content)
{
	return content.n >= ZIP_LOCAL_BYTES && u32_at(content, 0) == LOCAL;
}

bool
zip_local_at(struct str content, size_t off, struct zip_local *out)
{
	struct rd r = { .in = content, .off = off <= content.n ? off : content.n };
	size_t name, extra;

	if (rd_u32(&r) != LOCAL)
		return false;
	rd_u16(&r);
	out->flags = rd_u16(&r);
	out->method = rd_u16(&r);
	out->mtime = rd_u16(&r);
	rd_u16(&r);
	out->crc = rd_u32(&r);
	out->packed = rd_u32(&r);
	rd_u32(&r);
	name = rd_u16(&r);
	extra = rd_u16(&r);
	out->name = rd_bytes(&r, name);
	rd_bytes(&r, extra);
	out->data = r.off;
	return !r.err;
}

/* The last end record, or STR_NPOS. */
static size_t
find_end(struct str s)
{
	size_t floor = s.n > END_BYTES + COMMENT_MAX ? s.n - END_BYTES - COMMENT_MAX : 0;

	if (s.n < END_BYTES || str_find(str_from(s, floor), STR("PK\005\006")) == STR_NPOS)
		return STR_NPOS;
	for (size_t at = s.n - END_BYTES + 1; at-- > floor;)
		if (s.p[at] == 'P' && u32_at(s, at) == END)
			return at;
	return STR_NPOS;
}

struct end {
	size_t at, entries, dir, dir_bytes, comment;
	size_t shift;		/* bytes in front of the archive, which its offsets do not count */
};

static bool
read_end(struct str s, struct end *e)
{
	struct rd r;

	e->at = find_end(s);
	if (e->at == STR_NPOS)
		return false;
	r = (struct rd){ .in = s, .off = e->at + 8 };
	e->entries = rd_u16(&r);
	rd_u16(&r);
	e->dir_bytes = rd_u32(&r);
	e->dir = rd_u32(&r);
	e->comment = rd_u16(&r);
	e->shift = 0;
	/* As readers do: the directory ends where the end record begins. */
	if (!r.err && e->dir_bytes <= e->at && e->dir < e->at - e->dir_bytes &&
	    u32_at(s, e->at - e->dir_bytes) == CENTRAL)
		e->shift = e->at - e->dir_bytes - e->dir;
	e->dir += e->shift;
	return !r.err && e->dir <= e->at;
}

bool
zip_is_any(struct str content)
{
	struct end e;

	return zip_is(content) || (read_end(content, &e) && u32_at(content, e.dir) == CENTRAL &&
	    str_find(str_upto(content, e.dir), STR("PK\003\004")) != STR_NPOS);
}

bool
zip_is_end(struct str content)
{
	struct end e;

	return read_end(content, &e) && e.at + END_BYTES + e.comment == content.n;
}

static bool
next_central(struct rd *r, struct zip_central *c)
{
	size_t name, extra, comment;

	if (rd_u32(r) != CENTRAL)
		return false;
	rd_u32(r);
	c->flags = rd_u16(r);
	c->method = rd_u16(r);
	rd_u32(r);
	c->crc = rd_u32(r);
	c->packed = rd_u32(r);
	rd_u32(r);
	name = rd_u16(r);
	extra = rd_u16(r);
	comment = rd_u16(r);
	rd_u64(r);
	c->local = rd_u32(r);
	c->name = rd_bytes(r, name);
	rd_bytes(r, extra);
	rd_bytes(r, comment);
	return !r->err;
}

static int
by_offset(const void *a, const void *b)
{
	const struct zip_central *x = a, *y = b;

	return x->local < y->local ? -1 : x->local > y->local;
}

const struct zip_central *
zip_central_at(const struct zip_central *list, size_t n, size_t off)
{
	struct zip_central key = { .local = off };

	return n ? bsearch(&key, list, n, sizeof(*list), by_offset) : NULL;
}

size_t
zip_central_read(struct pool *pool, struct str content, const struct zip_central **out)
{
	struct end e;
	struct rd r;
	struct zip_central *list;
	size_t n = 0, max;

	*out = NULL;
	if (!read_end(content, &e))
		return 0;
	max = (e.at - e.dir) / CENTRAL_BYTES;
	if (max > ZIP_ENTRIES)
		max = ZIP_ENTRIES;
	list = pool_try(pool, max * sizeof(*list) + 1);
	if (!list)
		return 0;
	r = (struct rd){ .in = content, .off = e.dir };
	while (n < max && next_central(&r, &list[n]))
		list[n++].local += e.shift;
	if (n)
		qsort(list, n, sizeof(*list), by_offset);
	*out = list;
	return n;
}

size_t
zip_central_room(struct str content)
{
	struct end e;

	return zip_is_any(content) && read_end(content, &e) ? (e.at - e.dir) / (CENTRAL_BYTES + 1) : 0;
}

/* Is the room between two entries too small for one more? */
static bool
is_gap(struct str s, size_t from, size_t to)
{
	return from <= to && to - from <= SLACK && str_find(str_sub(s, from, to - from), STR("PK\003\004")) == STR_NPOS;
}

/* Does the local header say the same, and does the entry begin where the one before ended?
 * *end moves behind it. */
static bool
agrees(struct str s, const struct zip_central *c, size_t *end)
{
	struct zip_local l;

	if (!zip_local_at(s, c->local, &l) || !str_eq(l.name, c->name) || l.method != c->method ||
	    ((l.flags ^ c->flags) & ZIP_ENCRYPTED))
		return false;
	if (!(l.flags & ZIP_DESCRIPTOR) && (l.packed != c->packed || l.crc != c->crc))
		return false;
	if (!is_gap(s, *end, c->local))
		return false;
	*end = l.data + (size_t)c->packed;
	return *end <= s.n;
}

bool
zip_is_straight(struct str s)
{
	struct end e;
	struct rd r;
	struct zip_central c;
	size_t n, end = str_find(s, STR("PK\003\004"));

	if (end == STR_NPOS || !read_end(s, &e) || e.at + END_BYTES + e.comment != s.n ||
	    e.dir + e.dir_bytes != e.at || e.entries == 0xffff)
		return false;
	r = (struct rd){ .in = s, .off = e.dir };
	for (n = 0; n < e.entries && r.off < e.at; n++) {
		if (!next_central(&r, &c))
			return false;
		c.local += e.shift;
		if (!agrees(s, &c, &end))
			return false;
	}
	return n == e.entries && r.off == e.at && is_gap(s, end, e.dir);
}
