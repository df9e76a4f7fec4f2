/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/str.h"

#include <string.h>

#include "base/ascii.h"

static bool
same_nocase(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ascii_lower((unsigned char)a[i]) != ascii_lower((unsigned char)b[i]))
			return false;
	return true;
}

bool
str_eq_nocase(struct str a, struct str b)
{
	return a.n == b.n && same_nocase(a.p, b.p, a.n);
}

int
str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n ? memcmp(a.p, b.p, n) : 0;

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

bool
str_starts_nocase(struct str s, struct str prefix)
{
	return str_eq_nocase(str_upto(s, prefix.n), prefix);
}

bool
str_ends_nocase(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq_nocase(str_from(s, s.n - suffix.n), suffix);
}

size_t
str_rchr(struct str s, char c)
{
	const char *at = s.n ? memrchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : STR_NPOS;
}

size_t
str_find(struct str s, struct str what)
{
	const char *at;

	if (what.n == 0)
		return 0;
	/* Most first bytes are nowhere at all, which memchr sees much faster. */
	at = s.n ? memchr(s.p, what.p[0], s.n) : NULL;
	if (at)
		at = memmem(at, s.n - (size_t)(at - s.p), what.p, what.n);
	return at ? (size_t)(at - s.p) : STR_NPOS;
}

static const char *
next_byte(const char *p, const char *end, unsigned char c)
{
	return p < end ? memchr(p, c, (size_t)(end - p)) : NULL;
}

static unsigned char
upper(unsigned char c)
{
	return ascii_is_lower(c) ? (unsigned char)(c - ('a' - 'A')) : c;
}

/* memchr finds where either case of the first byte stands; only there is compared. */
size_t
str_find_nocase(struct str s, struct str what)
{
	const char *end, *a, *b;
	unsigned char lo, up;

	if (what.n == 0 || what.n > s.n)
		return what.n ? STR_NPOS : 0;
	end = s.p + (s.n - what.n) + 1;
	lo = ascii_lower((unsigned char)what.p[0]);
	up = upper(lo);
	a = next_byte(s.p, end, lo);
	b = lo == up ? NULL : next_byte(s.p, end, up);
	while (a || b) {
		const char *at = !b || (a && a < b) ? a : b;

		if (same_nocase(at, what.p, what.n))
			return (size_t)(at - s.p);
		if (at == a)
			a = next_byte(at + 1, end, lo);
		else
			b = next_byte(at + 1, end, up);
	}
	return STR_NPOS;
}

struct str
str_trim(struct str s)
{
	while (s.n && ascii_is_space((unsigned char)s.p[0]))
		s = str_from(s, 1);
	while (s.n && ascii_is_space((unsigned char)s.p[s.n - 1]))
		s.n--;
	return s;
}

bool
str_next(struct str *rest, char sep, struct str *piece)
{
	size_t at;

	if (rest->n == 0)
		return false;
	at = str_chr(*rest, sep);
	*piece = str_upto(*rest, at);
	*rest = at == STR_NPOS ? STR_NONE : str_from(*rest, at + 1);
	return true;
}

bool
str_to_u64(struct str s, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_is_digit((unsigned char)s.p[i]) ||
		    __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
			return false;
	}
	*out = v;
	return s.n > 0;
}
