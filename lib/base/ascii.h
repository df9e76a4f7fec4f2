/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* ascii.h - character classes of mail syntax, the same in every locale
 *
 * Input    one byte
 * Units    none
 * Limits   none
 * Memory   none
 * Errors   none
 * Threads  reentrant
 * Source   RFC 5234 B.1 (ALPHA, DIGIT, HEXDIG, WSP)
 */
#ifndef BASE_ASCII_H
#define BASE_ASCII_H

#include <stdbool.h>

static inline bool ascii_is_upper(unsigned char c) { return c >= 'A' && c <= 'Z'; }
static inline bool ascii_is_lower(unsigned char c) { return c >= 'a' && c <= 'z'; }
static inline bool ascii_is_alpha(unsigned char c) { return ascii_is_upper(c) || ascii_is_lower(c); }
static inline bool ascii_is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
static inline bool ascii_is_alnum(unsigned char c) { return ascii_is_alpha(c) || ascii_is_digit(c); }
static inline bool ascii_is_wsp(unsigned char c) { return c == ' ' || c == '\t'; }
static inline bool ascii_is_space(unsigned char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static inline bool ascii_is_print(unsigned char c) { return c >= 0x20 && c < 0x7f; }

static inline unsigned char
ascii_lower(unsigned char c)
{
	return ascii_is_upper(c) ? (unsigned char)(c + ('a' - 'A')) : c;
}

/* Value of a hexadecimal digit of either case, -1 for any other byte. */
static inline int
ascii_hex(unsigned char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
