/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* BinHex 4.0, RFC 1741 and its appendix A: six bits a character, then repeats undone, then
 *
 *   name length u8 | name | 0 | type 4 | creator 4 | flags 2 | data length u32 |
 *   resource length u32 | CRC u16 | data | CRC u16 | resource | CRC u16      (big-endian)
 */
#include "base/rd.h"
#include "message/decode.h"
#include "message/defect.h"

enum { REPEAT = 0x90, HEAD_BEHIND_NAME = 1 + 4 + 4 + 2 };

static const char alphabet[] = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr";

/* The repeats: 90 n means the byte before n times in all, 90 00 is a 90 of the file. */
struct unrepeat {
	struct buf *out;
	char last;
	bool count;		/* the next byte is a count */
};

static void
byte(struct unrepeat *u, unsigned char c)
{
	char many[256];

	if (u->count) {
		u->count = false;
		if (c == 0) {
			u->last = (char)REPEAT;
			buf_addc(u->out, u->last);
			return;
		}
		for (size_t i = 0; i + 1 < c; i++)
			many[i] = u->last;
		buf_add_cut(u->out, (struct str){ many, c - 1u });
	} else if (c == REPEAT) {
		u->count = true;
	} else {
		u->last = (char)c;
		buf_addc(u->out, u->last);
	}
}

/* The characters between the two colons. False: no second one, or a foreign character. */
static bool
characters(struct str in, struct unrepeat *u)
{
	uint32_t bits = 0;
	unsigned n = 0;

	for (size_t i = 0; i < in.n && !u->out->full; i++) {
		size_t v = str_chr((struct str){ alphabet, sizeof(alphabet) - 1 }, in.p[i]);

		if (in.p[i] == ':')
			return true;
		if (in.p[i] == '\n' || in.p[i] == '\r' || in.p[i] == ' ' || in.p[i] == '\t')
			continue;
		if (v == STR_NPOS)
			return false;
		bits = bits << 6 | (uint32_t)v;
		n += 6;
		if (n >= 8) {
			n -= 8;
			byte(u, (unsigned char)(bits >> n));
			bits &= (1u << n) - 1;
		}
	}
	return false;
}

static uint32_t
be32(struct rd *r)
{
	return __builtin_bswap32(rd_u32(r));
}

void
decode_binhex(struct str in, struct buf *out, char *name, uint64_t *defects)
{
	size_t line = str_chr(in, '\n'), colon;
	struct buf file;
	struct unrepeat u = { .out = &file };
	struct rd r;
	struct str title;
	size_t data, resource;
	bool closed;

	in = line == STR_NPOS ? STR_NONE : str_from(in, line);
	colon = str_chr(in, ':');
	buf_init(&file, out->max);
	closed = colon != STR_NPOS && characters(str_from(in, colon + 1), &u);
	r = (struct rd){ .in = buf_str(&file) };
	title = str_upto(rd_bytes(&r, rd_u8(&r)), DECODE_BINHEX_NAME - 1);
	for (size_t i = 0; name && i <= title.n; i++)
		name[i] = i < title.n ? title.p[i] : '\0';
	rd_bytes(&r, HEAD_BEHIND_NAME);
	data = be32(&r);
	resource = be32(&r);
	rd_u16(&r);
	if (!closed || r.err || data > rd_left(&r) || resource > rd_left(&r))
		*defects |= DEFECT_BIT(UU_BAD);
	if (!r.err)
		buf_add_cut(out, str_sub(r.in, r.off, data));
	out->full |= file.full;
	buf_clear(&file);
}
