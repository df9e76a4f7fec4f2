/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* charset_unicode.h - UTF-8, UTF-7, UTF-16 and UTF-32 as mail brings them
 *
 * Input    any bytes
 * Units    bytes
 * Limits   out->max
 * Memory   appends to the caller's buf
 * Errors   what is malformed becomes U+FFFD and CHARSET_BAD
 * Threads  reentrant
 * Source   RFC 3629, RFC 2152 (UTF-7), RFC 2781 (UTF-16), Unicode 15 3.9
 */
#ifndef MESSAGE_CHARSET_UNICODE_H
#define MESSAGE_CHARSET_UNICODE_H

#include "base/buf.h"

void charset_utf8(struct str in, struct buf *out, uint64_t *defects);
void charset_utf7(struct str in, struct buf *out, uint64_t *defects);
void charset_utf16(struct str in, bool big, struct buf *out, uint64_t *defects);
void charset_utf32(struct str in, bool big, struct buf *out, uint64_t *defects);
/* Windows-1252 with the gaps that browsers fill: every byte is a character. */
void charset_latin1(struct str in, struct buf *out);
/* The character that browsers show for a code 80-9F: Windows-1252's, else itself. */
uint32_t charset_c1(uint32_t code);

#endif
