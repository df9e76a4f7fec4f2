/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/ascii.h"
#include "base/utf8.h"
#include "link/url_in.h"

static bool
is_bidi(uint32_t cp)
{
	return cp == 0x061c || cp == 0x200e || cp == 0x200f || (cp >= 0x202a && cp <= 0x202e) ||
	    (cp >= 0x2066 && cp <= 0x2069);
}

/* URL Standard 4.4: C0 controls and spaces at both ends go. */
static struct str
trim(struct str in)
{
	while (in.n && (unsigned char)in.p[0] <= ' ')
		in = str_from(in, 1);
	while (in.n && (unsigned char)in.p[in.n - 1] <= ' ')
		in.n--;
	return in;
}

struct str
url_clean(struct pool *pool, struct str in, uint32_t *tricks)
{
	char *out;
	size_t n = 0;

	in = trim(in);
	out = pool_alloc(pool, in.n * 3 + 1);	/* U+FFFD takes three bytes */
	for (size_t at = 0; at < in.n;) {
		uint32_t cp = utf8_next(in, &at);

		if (cp == '\t' || cp == '\n' || cp == '\r') {
			*tricks |= URL_CONTROL;
			continue;
		}
		if (cp == UTF8_BAD)
			*tricks |= URL_BAD_UTF8;
		if (is_bidi(cp))
			*tricks |= URL_BIDI;
		n += utf8_put(out + n, cp == UTF8_BAD ? UTF8_REPLACEMENT : cp);
	}
	return (struct str){ out, n };
}

/* The sets in which a printable ASCII character is encoded. */
static unsigned
sets_of(unsigned char c)
{
	const unsigned path = URL_SET_PATH | URL_SET_USERINFO, query = URL_SET_QUERY | URL_SET_SPECIAL_QUERY;

	switch (c) {
	case ' ': case '"': case '<': case '>':
		return path | query | URL_SET_FRAGMENT;
	case '`':
		return path | URL_SET_FRAGMENT;
	case '#':
		return path | query;
	case '\'':
		return URL_SET_SPECIAL_QUERY;
	case '?': case '^': case '{': case '}':
		return path;
	case '/': case ':': case ';': case '=': case '@': case '[': case '\\': case ']': case '|':
		return URL_SET_USERINFO;
	}
	return 0;
}

void
url_encode(struct buf *out, enum url_set set, struct str s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (ascii_is_print(c) && !(sets_of(c) & set)) {
			buf_addc(out, (char)c);
			continue;
		}
		buf_addc(out, '%');
		buf_addc(out, hex[c >> 4]);
		buf_addc(out, hex[c & 15]);
	}
}

/* An overlong form of an ASCII character in two or three bytes at s[at]: its value and length. */
static size_t
overlong(struct str s, size_t at, char *out)
{
	const unsigned char *p = (const unsigned char *)s.p + at;
	size_t left = s.n - at;

	if (left >= 2 && (p[0] == 0xc0 || p[0] == 0xc1) && (p[1] & 0xc0) == 0x80) {
		*out = (char)((p[0] & 1) << 6 | (p[1] & 0x3f));
		return 2;
	}
	if (left >= 3 && p[0] == 0xe0 && (p[1] & 0xfe) == 0x80 && (p[2] & 0xc0) == 0x80) {
		*out = (char)((p[1] & 1) << 6 | (p[2] & 0x3f));
		return 3;
	}
	return 0;
}

struct str
url_sloppy(struct pool *pool, struct str in)
{
	char *out = pool_alloc(pool, in.n + 1);
	size_t n = 0;

	for (size_t at = 0; at < in.n;) {
		size_t start = at, skip = overlong(in, at, out + n);

		if (skip) {
			n++;
			at += skip;
			continue;
		}
		if (utf8_next(in, &at) == UTF8_BAD)
			continue;
		memcpy(out + n, in.p + start, at - start);
		n += at - start;
	}
	return (struct str){ out, n };
}
