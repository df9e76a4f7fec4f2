/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/utf8.h"

/* First bytes and the range their second byte must lie in; RFC 3629 section 4. */
static const struct {
	unsigned char lo, hi;		/* first byte */
	unsigned char len;
	unsigned char lo2, hi2;		/* second byte */
} forms[] = {
	{ 0xc2, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};

/* Length of the valid sequence of two or more bytes at the start of s, or 0. */
static size_t
sequence(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (p[0] < forms[i].lo || p[0] > forms[i].hi)
			continue;
		if (s.n < forms[i].len || p[1] < forms[i].lo2 || p[1] > forms[i].hi2)
			return 0;
		for (size_t k = 2; k < forms[i].len; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].len;
	}
	return 0;
}

bool
utf8_next(struct str *rest, uint32_t *c)
{
	const unsigned char *p = (const unsigned char *)rest->p;
	size_t n = p[0] < 0x80 ? 1 : sequence(*rest);

	*c = p[0];
	if (n > 1) {
		*c = p[0] & (0xffu >> (n + 1));
		for (size_t k = 1; k < n; k++)
			*c = *c << 6 | (p[k] & 0x3fu);
	}
	*rest = str_from(*rest, n ? n : 1);
	return n > 0;
}

void
utf8_put(struct buf *out, uint32_t c)
{
	char p[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char mark[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t k = n - 1; k > 0; k--) {
		p[k] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	p[0] = (char)(mark[n] | c);
	buf_add(out, (struct str){ p, n });
}

void
utf8_clean(struct str in, struct buf *out)
{
	while (in.n) {
		struct str before = in;
		uint32_t c;

		if (utf8_next(&in, &c))
			buf_add(out, str_upto(before, before.n - in.n));
		else
			utf8_put(out, UTF8_REPLACEMENT);
	}
}

bool
utf8_is_valid(struct str in)
{
	uint32_t c;

	while (in.n)
		if (!utf8_next(&in, &c))
			return false;
	return true;
}

bool
utf8_is_control(uint32_t c)
{
	/* UAX 9: U+061C, U+200E, U+200F, U+202A..202E and U+2066..2069 turn the direction;
	 * U+2028 and U+2029 end a line. */
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}
