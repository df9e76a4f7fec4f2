/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* utf8.h - take UTF-8 apart without trusting it
 *
 * Input    any bytes
 * Units    bytes; characters are Unicode code points
 * Limits   none; one pass
 * Memory   appends to the caller's buf
 * Errors   none: a byte that starts no valid sequence is a character of its own kind
 * Threads  reentrant
 * Source   RFC 3629 (no overlong forms, no surrogates, at most U+10FFFF)
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"

#define UTF8_REPLACEMENT 0xfffdu

/* Take one character off *rest, which must not be empty. False: *c is a single byte that
 * belongs to no valid sequence. */
bool utf8_next(struct str *rest, uint32_t *c);
void utf8_put(struct buf *, uint32_t c);
/* Append `in` with every invalid byte replaced by U+FFFD. */
void utf8_clean(struct str in, struct buf *out);
bool utf8_is_valid(struct str in);

/* Does showing it change more than one cell of a screen: C0, DEL, C1, and the marks
 * that turn the direction of writing? */
bool utf8_is_control(uint32_t c);

#endif
