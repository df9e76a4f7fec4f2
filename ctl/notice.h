/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* notice.h - what the operator is told on stderr, and how hostile text is shown
 *
 * Input    texts with any bytes
 * Units    none
 * Limits   NOTICE_BYTES a line
 * Memory   none kept
 * Errors   none
 * Threads  lines of several threads do not mix
 * Source   names and evidence come from mail: what steers a terminal is shown as \xNN or \u{N}
 */
#ifndef CTL_NOTICE_H
#define CTL_NOTICE_H

#include "base/buf.h"
#include "base/log.h"

enum { NOTICE_BYTES = 64 * 1024 };

/* Append `s` so that a terminal shows it and does not obey it. */
void notice_escape(struct str s, struct buf *out);
void notice(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* Each line of a text that lists errors. */
void notice_lines(struct str text);
/* Where lib/ logs to: stderr, up to that level. */
struct log_ctx notice_log(enum log_level);

#endif
