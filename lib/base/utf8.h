/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* utf8.h - read, write and check UTF-8
 *
 * Input    any bytes
 * Units    offsets in bytes, code points as numbers
 * Limits   none of its own
 * Memory   none
 * Errors   utf8_next gives UTF8_BAD for what is not UTF-8 (overlong forms, surrogates and
 *          values over 10FFFF included) and steps over it as browsers do
 * Threads  reentrant
 * Source   RFC 3629; Unicode 15, 3.9, "maximal subpart" for what counts as one error
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/str.h"

enum { UTF8_MAX = 4 };			/* bytes of one code point */
#define UTF8_BAD ((uint32_t)-1)
#define UTF8_REPLACEMENT 0xfffdu

/* Offset of the first byte that is not UTF-8, s.n when there is none. */
size_t utf8_check(struct str s);
bool utf8_is_valid(struct str s);

/* Length of the ASCII bytes at the start of s[at..]. */
size_t utf8_ascii_run(struct str s, size_t at);

/* The code point at s[*at], *at < s.n; moves *at behind it. */
uint32_t utf8_next(struct str s, size_t *at);

/* Write cp, return its length. What cannot be written becomes U+FFFD. */
size_t utf8_put(char out[UTF8_MAX], uint32_t cp);

#endif
