/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* cells.h - columns of text on a terminal
 *
 * Input    texts with any bytes, of mail
 * Units    cells of a screen: a wide character of Chinese, Japanese or Korean has two
 * Limits   none of its own
 * Memory   appends to the caller's buf
 * Errors   none
 * Threads  one
 * Source   Unicode Standard Annex 11 (East Asian width), by ICU; what steers a terminal is shown, see notice.h
 */
#ifndef CTL_CELLS_H
#define CTL_CELLS_H

#include "base/buf.h"

/* Exactly `width` cells: cut, with "..", or filled up. */
void cells_put(struct buf *, struct str, size_t width);
/* The last of a line: cut, and not filled up. */
void cells_last(struct buf *, struct str, size_t width);
/* Filled up, and never cut. */
void cells_fill(struct buf *, struct str, size_t width);
/* Of the terminal, or what COLUMNS says; CELLS_ENDLESS when there is neither: a file or another program reads it. */
enum { CELLS_ENDLESS = 0 };
size_t cells_screen(void);

#endif
