/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* base64.h - strict base64, for keys and signatures
 *
 * Input    any bytes
 * Units    bytes
 * Limits   base64_get: the caller's room
 * Memory   none kept
 * Errors   base64_get: false for any byte that does not belong, for padding that is wrong and
 *          for what does not fit. Base64 of mail bodies is read by message/decode.h
 * Threads  reentrant
 * Source   RFC 4648 4; RFC 6376 2.10 for white space, which signers put between the lines
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

void base64_put(struct buf *, struct str in);
/* Read `in`, white space skipped, into out; *n is how many bytes it gave. */
bool base64_get(struct str in, unsigned char *out, size_t room, size_t *n);

#endif
