/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/utf8.h"

#include <string.h>

size_t
utf8_ascii_run(struct str s, size_t at)
{
	size_t i = at;

	for (; i + 8 <= s.n; i += 8) {
		uint64_t eight;

		memcpy(&eight, s.p + i, 8);
		if (eight & UINT64_C(0x8080808080808080))
			break;
	}
	while (i < s.n && (unsigned char)s.p[i] < 0x80)
		i++;
	return i - at;
}

/* What a lead byte promises: how many bytes follow, and the range of the first of them
 * (Unicode table 3-7: this range is what rules out overlong forms and surrogates). */
struct lead {
	unsigned more, low, high;
};

static struct lead
lead_of(unsigned char c)
{
	if (c >= 0xc2 && c <= 0xdf)
		return (struct lead){ 1, 0x80, 0xbf };
	if (c >= 0xe0 && c <= 0xef)
		return (struct lead){ 2, c == 0xe0 ? 0xa0 : 0x80, c == 0xed ? 0x9f : 0xbf };
	if (c >= 0xf0 && c <= 0xf4)
		return (struct lead){ 3, c == 0xf0 ? 0x90 : 0x80, c == 0xf4 ? 0x8f : 0xbf };
	return (struct lead){ 0, 0, 0 };
}

uint32_t
utf8_next(struct str s, size_t *at)
{
	unsigned char c = (unsigned char)s.p[(*at)++];
	struct lead lead = lead_of(c);
	uint32_t cp = c & (0x3fu >> lead.more);

	if (c < 0x80)
		return c;
	if (lead.more == 0)
		return UTF8_BAD;
	for (unsigned i = 0; i < lead.more; i++) {
		unsigned char next = *at < s.n ? (unsigned char)s.p[*at] : 0;

		if (next < lead.low || next > lead.high)
			return UTF8_BAD;
		lead.low = 0x80;
		lead.high = 0xbf;
		cp = cp << 6 | (next & 0x3fu);
		(*at)++;
	}
	return cp;
}

size_t
utf8_check(struct str s)
{
	size_t at = 0;

	while (at < s.n) {
		size_t start;

		at += utf8_ascii_run(s, at);
		start = at;
		if (at < s.n && utf8_next(s, &at) == UTF8_BAD)
			return start;
	}
	return s.n;
}

bool
utf8_is_valid(struct str s)
{
	return utf8_check(s) == s.n;
}

size_t
utf8_put(char out[UTF8_MAX], uint32_t cp)
{
	size_t n;

	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		cp = UTF8_REPLACEMENT;
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (cp & 0x3f));
		cp >>= 6;
	}
	out[0] = (char)((0xf00u >> n & 0xf0u) | cp);
	return n;
}
