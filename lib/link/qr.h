/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* qr.h - find and read the QR codes of a picture
 *
 * Input    a gray picture of a stranger
 * Units    pixels
 * Limits   QR_FINDERS corners and QR_TRIES combinations of them in each look at the picture; the
 *          caller says when it takes too long
 * Memory   a few bytes a pixel while it runs
 * Errors   none; false: it was stopped
 * Threads  reentrant
 * Source   ISO/IEC 18004:2015; rotated, tilted, inverted and mirrored codes, blurred and noisy ones
 */
#ifndef LINK_QR_H
#define LINK_QR_H

#include <stdbool.h>

#include "base/str.h"
#include "link/bitmap.h"

enum { QR_FINDERS = 400, QR_TRIES = 40 };

struct qr_job {
	void (*found)(void *arg, struct str text);	/* UTF-8; the same may come twice */
	bool (*late)(void *arg);			/* true: stop */
	void *arg;
};

bool qr_find(const struct bitmap *, const struct qr_job *);

#endif
