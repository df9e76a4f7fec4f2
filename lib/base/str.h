/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* str.h - a borrowed slice of bytes
 *
 * Input    any bytes; NUL is data, nothing here needs a terminator
 * Units    lengths in bytes
 * Limits   none of its own
 * Memory   a slice owns nothing; it lives as long as what it points into.
 *          p may be NULL only when n is 0
 * Errors   none; a search that finds nothing returns STR_NPOS or an empty slice
 * Threads  reentrant
 * Source   none
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR_NPOS ((size_t)-1)
#define STR(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
/* For printf: "%.*s", STR_ARG(s). Only for text known to be short. */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

/* Slices of slices are what parsers do most, so these few are inline. */

/* NULL gives the empty slice. */
static inline struct str
str_of(const char *cstr)
{
	return (struct str){ cstr, cstr ? strlen(cstr) : 0 };
}

static inline bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* s[at..], empty past the end. */
static inline struct str
str_from(struct str s, size_t at)
{
	if (at >= s.n)
		return (struct str){ s.n ? s.p + s.n : s.p, 0 };
	return (struct str){ s.p + at, s.n - at };
}

/* s[..n], all of it when shorter. */
static inline struct str
str_upto(struct str s, size_t n)
{
	return (struct str){ s.p, n < s.n ? n : s.n };
}

static inline struct str
str_sub(struct str s, size_t at, size_t n)
{
	return str_upto(str_from(s, at), n);
}

static inline bool
str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

/* The first c, or STR_NPOS. */
static inline size_t
str_chr(struct str s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : STR_NPOS;
}

bool str_eq_nocase(struct str a, struct str b);		/* ASCII letters only */
int str_cmp(struct str a, struct str b);		/* bytes, then length; for sorting */
bool str_starts_nocase(struct str s, struct str prefix);
bool str_ends_nocase(struct str s, struct str suffix);

size_t str_rchr(struct str s, char c);			/* last c, or STR_NPOS */
size_t str_find(struct str s, struct str what);		/* first what, or STR_NPOS */
size_t str_find_nocase(struct str s, struct str what);

struct str str_trim(struct str s);			/* without white space at both ends */

/* Cut the next piece before `sep` off *rest. False when *rest is used up. */
bool str_next(struct str *rest, char sep, struct str *piece);

/* Read a decimal number that fills all of s. False on any other byte or overflow. */
bool str_to_u64(struct str s, uint64_t *out);

#endif
