/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* qr_drawn.h - QR codes that are drawn with characters, the cells of a table or coloured elements
 *
 * Input    UTF-8 text as it is laid out (white space counts); HTML; any bytes
 * Units    characters, cells
 * Limits   drawings of DRAWN_LINES lines and DRAWN_COLUMNS columns; tables of DRAWN_CELLS cells;
 *          lim->html_tags
 * Memory   freed at the end
 * Errors   none; false: the job was stopped
 * Threads  reentrant
 * Source   Unicode 15: block elements, braille, geometric shapes; HTML colours (CSS Color 4,
 *          hexadecimal, rgb() and the common names)
 */
#ifndef LINK_QR_DRAWN_H
#define LINK_QR_DRAWN_H

#include "base/limits.h"
#include "link/qr.h"

enum { DRAWN_LINES = 200, DRAWN_COLUMNS = 400, DRAWN_CELLS = 64 * 1024 };

bool qr_drawn_text(struct str text, const struct qr_job *);
/* Characters as they stand on the screen, tables by the colours behind their cells, boxes (qr_boxes.h). */
bool qr_drawn_html(const struct limits *, struct str html, const struct qr_job *);

#endif
