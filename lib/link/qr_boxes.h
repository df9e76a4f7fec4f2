/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* qr_boxes.h - QR codes drawn with coloured elements: <div>, <span> and the like, in rows or placed
 *
 * Input    the tokens of an HTML document, in their order
 * Units    as in qr_css.h
 * Limits   BOXES boxes of one drawing, BOXES_DEPTH levels of elements; 200 modules each way
 * Memory   of the object
 * Errors   none: what is laid out in another way than here is not found
 * Threads  one owner
 * Source   CSS 2.2, 9.4 to 9.6 (lines, floats, absolute places), flex and grid as rows; a grid of no known width
 *          is a square
 */
#ifndef LINK_QR_BOXES_H
#define LINK_QR_BOXES_H

#include "link/qr.h"
#include "link/qr_css.h"

enum { BOXES = 32 * 1024, BOXES_DEPTH = 64, BOXES_LEAST = 100, BOXES_SIDE = 200 };

struct qr_boxes;

struct qr_boxes *qr_boxes_new(const struct qr_job *);
bool qr_boxes_is(struct str name);			/* elements whose tags are given */
void qr_boxes_start(struct qr_boxes *, struct str name, const struct qr_style *);
/* False: the job was stopped. */
bool qr_boxes_end(struct qr_boxes *, struct str name);
void qr_boxes_break(struct qr_boxes *);			/* <br> */
bool qr_boxes_text(struct qr_boxes *, struct str utf8);
bool qr_boxes_finish(struct qr_boxes *);		/* what is drawn up to here */
void qr_boxes_free(struct qr_boxes **);

#endif
