/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* charset_iconv.h - one iconv conversion to UTF-8 that never stops at bad bytes
 *
 * Input    any bytes; a charset name of the C library
 * Units    bytes
 * Limits   out->max
 * Memory   appends to the caller's buf; charset_conv_open allocates in the C library
 * Errors   bytes that do not fit become U+FFFD and CHARSET_BAD. A charset that cannot be
 *          opened gives RC_NONE
 * Threads  one conversion belongs to one thread
 * Source   iconv(3)
 */
#ifndef MESSAGE_CHARSET_ICONV_H
#define MESSAGE_CHARSET_ICONV_H

#include <iconv.h>

#include "base/buf.h"

struct charset_conv {
	iconv_t cd;
	bool opened;
};

enum rc charset_conv_open(struct charset_conv *, const char *name) MUST_CHECK;
void charset_conv_close(struct charset_conv *);
void charset_conv_run(struct charset_conv *, struct str in, struct buf *out, uint64_t *defects);

/* Append valid UTF-8; what does not fit is cut between two characters. */
void charset_put(struct buf *out, struct str utf8);
/* Append one code point. */
void charset_put_cp(struct buf *out, uint32_t cp);
/* Append U+FFFD and set CHARSET_BAD. */
void charset_put_bad(struct buf *out, uint64_t *defects);

#endif
