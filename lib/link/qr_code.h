/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* qr_code.h - the modules of a QR code, and the text in them
 *
 * Input    a square of modules as a picture or text showed it; some may be wrong
 * Units    modules; a code of version v has 17 + 4 v of them on each side
 * Limits   QR_VERSIONS; QR_TEXT_BYTES of text
 * Memory   the caller's
 * Errors   RC_BAD: no QR code, or more wrong than its redundancy can mend
 * Threads  reentrant
 * Source   ISO/IEC 18004:2015; Micro QR and rMQR are not read
 */
#ifndef LINK_QR_CODE_H
#define LINK_QR_CODE_H

#include "base/buf.h"

enum {
	QR_VERSIONS = 40,
	QR_SIDE_MIN = 21,
	QR_SIDE_MAX = 17 + 4 * QR_VERSIONS,
	QR_ALIGN_MAX = 7,		/* coordinates of alignment patterns */
	QR_TEXT_BYTES = 16 * 1024	/* 7089 digits are the most; kanji grow in UTF-8 */
};

/* One byte a module, 1 is dark; row after row. */
struct qr_code {
	unsigned side;
	unsigned char dark[QR_SIDE_MAX * QR_SIDE_MAX];
};

static inline unsigned char *
qr_at(struct qr_code *c, unsigned x, unsigned y)
{
	return &c->dark[y * c->side + x];
}

/* True when a code can have this side. */
bool qr_side_is(unsigned side);
/* Centres of the alignment patterns of a version in x as in y; returns how many. */
unsigned qr_align(unsigned version, unsigned at[QR_ALIGN_MAX]);
/* Not data: patterns, format and version. */
bool qr_is_fixed(unsigned version, unsigned x, unsigned y);

/* The text, appended as UTF-8. The code is changed: mirrored ones are turned over. */
enum rc qr_read(struct qr_code *, struct buf *out) MUST_CHECK;

/* What a data stream of a version says (segments); for qr_read. */
enum rc qr_segments(struct str data, unsigned version, struct buf *out) MUST_CHECK;

#endif
