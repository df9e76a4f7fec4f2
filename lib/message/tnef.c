/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A TNEF stream is a list of attributes; some hold a list of MAPI properties. An embedded
 * message is a stream inside a property: it waits in `todo`, so nothing here recurses.
 *
 *   signature u32 | key u16 | level u8 | id u32 | length u32 | data | checksum u16 | level ...
 */
#include "message/tnef.h"

#include <stdio.h>
#include <string.h>

#include "base/rd.h"
#include "base/vec.h"
#include "message/charset.h"
#include "message/defect.h"

#define SIGNATURE STR("\x78\x9f\x3e\x22")

/* [MS-OXTNEF] 2.1.3.4, the attributes that matter here. */
enum {
	ATTR_BODY = 0x0002800c, ATTR_ATTACH_DATA = 0x0006800f, ATTR_ATTACH_TITLE = 0x00018010,
	ATTR_ATTACH_TRANSPORT_NAME = 0x00069001, ATTR_ATTACH_REND_DATA = 0x00069002,
	ATTR_MSG_PROPS = 0x00069003, ATTR_ATTACHMENT = 0x00069005, ATTR_OEM_CODEPAGE = 0x00069007
};

/* [MS-OXPROPS] property numbers and [MS-OXCDATA] 2.11.1 types. */
enum {
	PROP_BODY = 0x1000, PROP_RTF = 0x1009, PROP_HTML = 0x1013, PROP_DISPLAY_NAME = 0x3001,
	PROP_DATA = 0x3701, PROP_FILENAME = 0x3704, PROP_LONG_FILENAME = 0x3707, PROP_NAMED = 0x8000
};
enum {
	TYPE_I2 = 2, TYPE_LONG = 3, TYPE_R4 = 4, TYPE_R8 = 5, TYPE_CURRENCY = 6, TYPE_APPTIME = 7, TYPE_ERROR = 10,
	TYPE_BOOL = 11, TYPE_OBJECT = 13, TYPE_I8 = 20, TYPE_STRING8 = 30, TYPE_UNICODE = 31, TYPE_TIME = 64,
	TYPE_GUID = 72, TYPE_BINARY = 258, TYPE_MULTI = 0x1000
};
enum { LEVEL_MESSAGE = 1, LEVEL_ATTACHMENT = 2, GUID_BYTES = 16, NAME_MAX_BYTES = 1024 };

/* A stream that waits to be read. */
struct stream {
	struct str bytes;
	int64_t depth;
};

struct tnef {
	struct pool *pool;
	const struct limits *lim;
	uint64_t *defects;
	struct vec items;		/* struct tnef_item */
	struct vec todo;		/* struct stream */
	int64_t depth;			/* of the stream that is read */
	unsigned codepage;		/* of its strings, 0 when it did not say */
	struct str name;		/* of the attachment that is read, and how good it is */
	int name_rank;
	size_t first;			/* index of the first item of that attachment */
};

bool
tnef_is(struct str in)
{
	return str_starts(in, SIGNATURE);
}

static void
bad(struct tnef *t)
{
	*t->defects |= DEFECT_BIT(TNEF_BAD);
}

/* A string with a NUL at its end, as UTF-8. */
static struct str
text(struct tnef *t, struct str raw, bool wide, size_t max)
{
	char label[16] = "utf-16le";
	struct buf out;
	struct str s;
	uint64_t ignored = 0;

	if (!wide) {
		raw = str_upto(raw, str_chr(raw, '\0'));
		snprintf(label, sizeof(label), "cp%u", t->codepage ? t->codepage : 1252);
	}
	buf_init(&out, max);
	charset_to_utf8(raw, str_of(!wide && !t->codepage ? "" : label), &out, &ignored);
	s = pool_str(t->pool, str_upto(buf_str(&out), str_chr(buf_str(&out), '\0')));
	buf_clear(&out);
	return s;
}

static void
add(struct tnef *t, struct str data, bool is_body)
{
	struct tnef_item *item;

	if (data.n == 0)
		return;
	if ((int64_t)t->items.n >= t->lim->unpack_files) {
		bad(t);
		return;
	}
	item = vec_push(t->pool, &t->items, sizeof(*item));
	*item = (struct tnef_item){ .data = data, .is_body = is_body };
}

/* Names of all ranks may come before or behind the data. */
static void
set_name(struct tnef *t, struct str name, int rank)
{
	if (name.n == 0 || rank <= t->name_rank)
		return;
	t->name = name;
	t->name_rank = rank;
}

static void
end_attachment(struct tnef *t)
{
	struct tnef_item *items = t->items.items;

	for (size_t i = t->first; i < t->items.n; i++)
		if (!items[i].is_body)
			items[i].name = t->name;
	t->first = t->items.n;
	t->name = STR_NONE;
	t->name_rank = 0;
}

/* PR_ATTACH_DATA_OBJ starts with the interface of what follows; a message is a stream. */
static void
object(struct tnef *t, struct str data)
{
	struct str inner = str_from(data, GUID_BYTES);
	struct stream *s;

	if (!tnef_is(inner)) {
		add(t, inner, false);
		return;
	}
	if (t->depth >= t->lim->mime_depth || (int64_t)t->todo.n >= t->lim->unpack_files) {
		bad(t);
		return;
	}
	s = vec_push(t->pool, &t->todo, sizeof(*s));
	*s = (struct stream){ inner, t->depth + 1 };
}

static void
body(struct tnef *t, unsigned type, struct str value)
{
	size_t max = (size_t)t->lim->decoded_bytes;

	if (type == TYPE_BINARY)
		add(t, value, true);
	else
		add(t, text(t, value, type == TYPE_UNICODE, max), true);
}

/* One value of a property with variable length. */
static void
property(struct tnef *t, unsigned id, unsigned type, struct str value)
{
	bool wide = type == TYPE_UNICODE;

	switch (id) {
	case PROP_BODY:
	case PROP_HTML:
		body(t, type, value);
		return;
	case PROP_RTF:
		add(t, tnef_rtf(t->pool, value, (size_t)t->lim->decoded_bytes, t->defects), true);
		return;
	case PROP_DATA:
		if (type == TYPE_OBJECT)
			object(t, value);
		else
			add(t, value, false);
		return;
	case PROP_LONG_FILENAME:
		set_name(t, text(t, value, wide, NAME_MAX_BYTES), 5);
		return;
	case PROP_FILENAME:
		set_name(t, text(t, value, wide, NAME_MAX_BYTES), 3);
		return;
	case PROP_DISPLAY_NAME:
		set_name(t, text(t, value, wide, NAME_MAX_BYTES), 2);
		return;
	}
}

static size_t
padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* 2.1.3.4: bytes of one value of fixed length, padded; 0 for those of variable length. */
static size_t
fixed_size(unsigned type, bool *known)
{
	*known = true;
	switch (type) {
	case TYPE_I2: case TYPE_LONG: case TYPE_R4: case TYPE_ERROR: case TYPE_BOOL: return 4;
	case TYPE_R8: case TYPE_CURRENCY: case TYPE_APPTIME: case TYPE_I8: case TYPE_TIME: return 8;
	case TYPE_GUID: return GUID_BYTES;
	case TYPE_OBJECT: case TYPE_STRING8: case TYPE_UNICODE: case TYPE_BINARY: return 0;
	}
	*known = false;
	return 0;
}

/* Named properties carry their set and their number or name in front of the value. */
static void
skip_name(struct rd *r)
{
	rd_bytes(r, GUID_BYTES);
	if (rd_u32(r) == 0)
		rd_u32(r);
	else
		rd_bytes(r, padded(rd_u32(r)));
}

static void
properties(struct tnef *t, struct str in)
{
	struct rd r = { .in = in };
	uint32_t n = rd_u32(&r);

	for (uint32_t i = 0; i < n && !r.err; i++) {
		unsigned type = rd_u16(&r), id = rd_u16(&r);
		bool known;
		size_t size = fixed_size(type & ~(unsigned)TYPE_MULTI, &known);
		uint32_t values;

		if (id >= PROP_NAMED)
			skip_name(&r);
		if (!known)
			break;
		values = (type & TYPE_MULTI) || size == 0 ? rd_u32(&r) : 1;
		for (uint32_t k = 0; k < values && !r.err; k++) {
			size_t length = size ? size : rd_u32(&r);
			struct str value = rd_bytes(&r, length);

			if (size == 0) {
				property(t, id, type & ~(unsigned)TYPE_MULTI, value);
				if (rd_left(&r))	/* the last padding is left out by some */
					rd_bytes(&r, padded(length) - length);
			}
		}
		if (rd_left(&r) == 0 && i + 1 < n)
			r.err = true;
	}
	if (r.err)
		bad(t);
}

static void
attribute(struct tnef *t, uint32_t id, struct str data)
{
	switch (id) {
	case ATTR_OEM_CODEPAGE: {
		struct rd r = { .in = data };

		t->codepage = rd_u32(&r);
		return;
	}
	case ATTR_BODY:
		body(t, TYPE_STRING8, data);
		return;
	case ATTR_MSG_PROPS:
	case ATTR_ATTACHMENT:
		properties(t, data);
		return;
	case ATTR_ATTACH_REND_DATA:
		end_attachment(t);
		return;
	case ATTR_ATTACH_DATA:
		add(t, data, false);
		return;
	case ATTR_ATTACH_TITLE:
		set_name(t, text(t, data, false, NAME_MAX_BYTES), 4);
		return;
	case ATTR_ATTACH_TRANSPORT_NAME:
		set_name(t, text(t, data, false, NAME_MAX_BYTES), 1);
		return;
	}
}

/* 2.1.2: the sum of all bytes of the data. */
static uint16_t
checksum(struct str data)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < data.n; i++)
		sum += (unsigned char)data.p[i];
	return (uint16_t)sum;
}

static void
read_stream(struct tnef *t, struct str in)
{
	struct rd r = { .in = in };

	rd_bytes(&r, SIGNATURE.n);
	rd_u16(&r);
	while (rd_left(&r) > 0) {
		unsigned level = rd_u8(&r);
		uint32_t id = rd_u32(&r), length = rd_u32(&r);
		struct str data;

		if (r.err || (level != LEVEL_MESSAGE && level != LEVEL_ATTACHMENT)) {
			bad(t);
			break;
		}
		if (length > rd_left(&r)) {
			/* Cut off on the way: the start of an attachment can do harm too. */
			bad(t);
			attribute(t, id, str_from(in, r.off));
			break;
		}
		data = rd_bytes(&r, length);
		if (rd_u16(&r) != checksum(data) || r.err)
			bad(t);
		attribute(t, id, data);
	}
	end_attachment(t);
}

size_t
tnef_read(struct pool *pool, const struct limits *lim, struct str in,
    const struct tnef_item **items, uint64_t *defects)
{
	struct tnef t = { .pool = pool, .lim = lim, .defects = defects };

	if (tnef_is(in))
		read_stream(&t, in);
	else
		bad(&t);
	for (size_t i = 0; i < t.todo.n; i++) {
		struct stream s = ((struct stream *)t.todo.items)[i];

		t.depth = s.depth;
		read_stream(&t, s.bytes);
	}
	*items = t.items.items;
	return t.items.n;
}
