/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* charset.h - bytes of any charset to UTF-8
 *
 * Input    bytes and a charset label as mail writes it (any case, aliases, wrong ones)
 * Units    bytes
 * Limits   out->max
 * Memory   appends to the caller's buf
 * Errors   none: bytes that do not fit become U+FFFD and CHARSET_BAD; an unknown label
 *          is read as UTF-8 where valid, else as Windows-1252, and CHARSET_UNKNOWN is set
 * Threads  reentrant (one iconv handle per call)
 * Source   iconv(3); WHATWG Encoding labels for the aliases of clients; RFC 1468
 *          (ISO-2022-JP), RFC 2152 (UTF-7), CP932 and CP51932 as Japanese mailers write them
 */
#ifndef MESSAGE_CHARSET_H
#define MESSAGE_CHARSET_H

#include "base/buf.h"
#include "base/str.h"

void charset_to_utf8(struct str in, struct str label, struct buf *out, uint64_t *defects);

/* A charset read off the bytes: byte order mark, valid UTF-8, ISO-2022-JP escapes, or
 * empty when nothing speaks for one. */
struct str charset_guess(struct str in);

bool charset_is_utf8(struct str in);

/* The C library loads a converter from disk when it is first used, which a process in a
 * sandbox cannot. Open all of them before; they stay until charset_unload. */
struct charset_set;
struct charset_set *charset_preload(void);
void charset_unload(struct charset_set **);

#endif
