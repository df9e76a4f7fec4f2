/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* qr_css.h - how an element of HTML looks, as far as a code can be drawn with it
 *
 * Input    style sheets, attributes; any bytes
 * Units    shades of gray, 0 to 255; lengths in QR_PX to the pixel of CSS
 * Limits   QR_RULES rules of all sheets
 * Memory   rules point into the document
 * Errors   none: what is not understood is QR_UNSET
 * Threads  reentrant
 * Source   CSS Color 4 (hexadecimal, rgb() and the common names), CSS Values 3
 */
#ifndef LINK_QR_CSS_H
#define LINK_QR_CSS_H

#include "base/buf.h"
#include "message/html.h"

enum { QR_RULES = 64, QR_UNSET = -1, QR_PX = 16 };

struct qr_style {
	int gray, ink;			/* behind, and of letters */
	int w, h, left, top;
	unsigned span;			/* columns of a cell */
	bool beside;			/* floats, or stands in the line */
	bool lays_out;			/* what is inside stands side by side (flex, grid) */
};

struct qr_rule {
	struct str name;		/* of a class or element */
	struct qr_style style;
};

struct qr_sheet {
	struct qr_rule rule[QR_RULES];
	size_t n;
};

int qr_colour(struct str);
void qr_sheet_add(struct qr_sheet *, struct str css);
/* By attribute, name, class, style; the last counts. value: for working in. */
void qr_style_of(const struct qr_sheet *, const struct html_token *, struct buf *value, struct qr_style *out);

#endif
