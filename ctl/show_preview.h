/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* show_preview.h - a message as a page that does nothing, on the standard output
 *
 * Input    a message of the quarantine in a descriptor
 * Units    none
 * Limits   of message/preview.h and engine/picture_show.h
 * Memory   none kept
 * Errors   the exit status; what went wrong is said
 * Threads  one
 * Source   worker/workers.h: a sandboxed worker of our own reads it, without engines
 */
#ifndef CTL_SHOW_PREVIEW_H
#define CTL_SHOW_PREVIEW_H

#include "conf/conf.h"

/* picture 0: the page. `word`: how the operator named it. */
int show_preview(const struct conf *, struct str word, int fd, uint64_t size, unsigned picture);

#endif
