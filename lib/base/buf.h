/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* buf.h - a byte buffer that grows up to a maximum
 *
 * Input    any bytes
 * Units    bytes
 * Limits   `max` given at buf_init; what does not fit is dropped and `full` stays set
 * Memory   the buffer owns its bytes until buf_clear; buf_str borrows them and is
 *          invalid after the next append
 * Errors   sticky: append freely, test `full` once at the end. Out of memory aborts
 * Threads  one buffer belongs to one thread at a time
 * Source   none
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"

struct buf {
	char *p;		/* n bytes of content, always followed by a NUL when p is set */
	size_t n, cap, max;
	bool full;		/* something did not fit */
};

void buf_init(struct buf *, size_t max);
void buf_clear(struct buf *);			/* frees; the buffer can be used again with the same max */
void buf_reset(struct buf *);			/* empties, keeps the memory, clears `full` */

void buf_add(struct buf *, struct str);
/* The same, but keeps the start of what does not fit as a whole. */
void buf_add_cut(struct buf *, struct str);
void buf_addc(struct buf *, char);
void buf_adds(struct buf *, const char *cstr);
void buf_printf(struct buf *, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *, const char *fmt, va_list) PRINTF_LIKE(2, 0);

/* Room for n more bytes at buf->p + buf->n, or NULL (then full is set).
 * The caller writes up to n bytes and adds what it wrote to buf->n. */
char *buf_room(struct buf *, size_t n);

struct str buf_str(const struct buf *);		/* borrowed, see Memory */
const char *buf_cstr(const struct buf *);	/* "" when empty */

#endif
