/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* charset_jp.h - ISO-2022-JP and EUC-JP as Japanese mailers really write them
 *
 * Input    any bytes
 * Units    bytes
 * Limits   out->max
 * Memory   appends to the caller's buf
 * Errors   what is malformed becomes U+FFFD and CHARSET_BAD
 * Threads  reentrant
 * Source   RFC 1468, RFC 2237 (JIS X 0212), Microsoft CP50221/CP50222 (half-width
 *          katakana, NEC row 13, IBM extensions) and CP51932; characters come from CP932
 */
#ifndef MESSAGE_CHARSET_JP_H
#define MESSAGE_CHARSET_JP_H

#include "base/buf.h"

void charset_iso2022jp(struct str in, struct buf *out, uint64_t *defects);
void charset_eucjp(struct str in, struct buf *out, uint64_t *defects);

#endif
