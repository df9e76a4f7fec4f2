/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/charset_unicode.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "message/charset_iconv.h"
#include "message/defect.h"

void
charset_utf8(struct str in, struct buf *out, uint64_t *defects)
{
	while (in.n && !out->full) {
		size_t good = utf8_check(in), at = good;

		charset_put(out, str_upto(in, good));
		if (good == in.n)
			return;
		utf8_next(in, &at);
		charset_put_bad(out, defects);
		in = str_from(in, at);
	}
}

uint32_t
charset_c1(uint32_t code)
{
	/* WHATWG Encoding, index windows-1252. */
	static const uint16_t map[32] = {
		0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021,
		0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
		0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
		0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
	};

	return code >= 0x80 && code < 0xa0 ? map[code - 0x80] : code;
}

void
charset_latin1(struct str in, struct buf *out)
{
	while (in.n && !out->full) {
		size_t ascii = utf8_ascii_run(in, 0);

		charset_put(out, str_upto(in, ascii));
		in = str_from(in, ascii);
		if (in.n == 0)
			return;
		charset_put_cp(out, charset_c1((unsigned char)in.p[0]));
		in = str_from(in, 1);
	}
}

/* UTF-16 units on their way to code points. */
struct utf16 {
	uint32_t high;			/* a high surrogate that waits for its low one, or 0 */
	struct buf *out;
	uint64_t *defects;
};

static void
utf16_unit(struct utf16 *u, uint32_t unit)
{
	bool low = unit >= 0xdc00 && unit <= 0xdfff;

	if (u->high && low) {
		charset_put_cp(u->out, 0x10000 + ((u->high & 0x3ff) << 10) + (unit & 0x3ff));
		u->high = 0;
		return;
	}
	if (u->high || low)
		charset_put_bad(u->out, u->defects);
	u->high = unit >= 0xd800 && unit <= 0xdbff ? unit : 0;
	if (!u->high && !low)
		charset_put_cp(u->out, unit);
}

static void
utf16_end(struct utf16 *u, bool odd_bytes)
{
	if (u->high || odd_bytes)
		charset_put_bad(u->out, u->defects);
	u->high = 0;
}

void
charset_utf16(struct str in, bool big, struct buf *out, uint64_t *defects)
{
	struct utf16 u = { 0, out, defects };
	size_t i;

	for (i = 0; i + 2 <= in.n && !out->full; i += 2) {
		unsigned a = (unsigned char)in.p[i], b = (unsigned char)in.p[i + 1];

		utf16_unit(&u, big ? a << 8 | b : b << 8 | a);
	}
	utf16_end(&u, in.n % 2 != 0);
}

void
charset_utf32(struct str in, bool big, struct buf *out, uint64_t *defects)
{
	for (size_t i = 0; i + 4 <= in.n && !out->full; i += 4) {
		uint32_t cp = 0;

		for (size_t k = 0; k < 4; k++)
			cp = cp << 8 | (unsigned char)in.p[i + (big ? k : 3 - k)];
		if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
			charset_put_bad(out, defects);
		else
			charset_put_cp(out, cp);
	}
	if (in.n % 4 != 0)
		charset_put_bad(out, defects);
}

static int
base64_value(unsigned char c)
{
	if (ascii_is_upper(c))
		return c - 'A';
	if (ascii_is_lower(c))
		return c - 'a' + 26;
	if (ascii_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* The base64 behind a '+'. Returns how many bytes it took, a closing '-' included. */
static size_t
utf7_shifted(struct str in, struct buf *out, uint64_t *defects)
{
	struct utf16 u = { 0, out, defects };
	uint32_t bits = 0;
	unsigned n = 0;
	size_t i;

	for (i = 0; i < in.n; i++) {
		int v = base64_value((unsigned char)in.p[i]);

		if (v < 0)
			break;
		bits = bits << 6 | (uint32_t)v;
		n += 6;
		if (n < 16)
			continue;
		n -= 16;
		utf16_unit(&u, bits >> n & 0xffff);
		bits &= (1u << n) - 1;
	}
	/* RFC 2152: left-over bits are fewer than six and zero. */
	utf16_end(&u, n >= 6 || bits != 0);
	return i < in.n && in.p[i] == '-' ? i + 1 : i;
}

void
charset_utf7(struct str in, struct buf *out, uint64_t *defects)
{
	*defects |= DEFECT_BIT(UTF7);
	while (in.n && !out->full) {
		size_t plus = str_chr(in, '+');
		struct str plain = str_upto(in, plus);

		/* Not RFC: bytes over 127 stand there in practice; read as UTF-8. */
		charset_utf8(plain, out, defects);
		if (plus == STR_NPOS)
			return;
		in = str_from(in, plus + 1);
		if (in.n && in.p[0] == '-') {
			charset_put(out, STR("+"));
			in = str_from(in, 1);
		} else {
			in = str_from(in, utf7_shifted(in, out, defects));
		}
	}
}
