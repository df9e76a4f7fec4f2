/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* qr_look.h - one look at a picture in black and white: corners of codes, and what lies between
 *
 * Input    a picture whose pixels are 0 or 1; 1 is dark
 * Units    pixels, with fractions; modules
 * Limits   QR_FINDERS
 * Memory   the caller's
 * Errors   none
 * Threads  reentrant
 * Source   ISO/IEC 18004:2015, 12 (reference decode algorithm) for the 1:1:3:1:1 pattern
 */
#ifndef LINK_QR_LOOK_H
#define LINK_QR_LOOK_H

#include "link/qr.h"
#include "link/qr_code.h"

struct point {
	double x, y;
};

/* One of the three large squares. */
struct finder {
	struct point at;
	double module;			/* pixels */
	unsigned seen;			/* lines that went through it */
};

struct finders {
	struct finder item[QR_FINDERS];
	size_t n;
};

/* From the plane of modules to that of pixels. Both are shifted and scaled to about -1 to 1, where the
 * last of nine numbers is 1. */
struct plane {
	double c[8];
	struct point from, to;		/* middles */
	double from_half, to_half;
};

/* of[1]: dark squares, of usual codes; of[0]: light ones, of inverted codes. */
void qr_finders(const struct bitmap *, struct finders of[2]);

/* The plane that takes the n >= 4 points `from` to `to`, as well as may be. False: they lie on a line. */
bool qr_plane(const struct point *from, const struct point *to, size_t n, struct plane *out);
struct point qr_project(const struct plane *, double x, double y);

/* Three finders, the corner first, then clockwise: read what they may hold. */
bool qr_read_between(const struct bitmap *, unsigned char dark, const struct finder *const three[3],
    struct buf *out);

/* Local or global threshold; out has the size of the picture. */
void qr_black_white(const struct bitmap *in, struct bitmap *out);
void qr_black_white_all(const struct bitmap *in, struct bitmap *out);

#endif
