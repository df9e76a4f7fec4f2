/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* picture.h - pictures as gray bitmaps, for the search of QR codes
 *
 * Input    hostile PNG, JPEG, GIF, WebP and BMP
 * Units    pixels, milliseconds (monotonic)
 * Limits   struct picture_limits; PICTURE_FRAMES of an animation. The size is read from the head
 *          and checked before anything is allocated; large pictures are given at a half or less
 * Memory   one bitmap at a time, gone when the callback returns
 * Errors   picture_read: RC_NONE not such a picture, or too small for a code; RC_LIMIT too large;
 *          RC_TEMP late; RC_BAD cannot be read. What of a damaged one can be read is given, then RC_BAD
 * Threads  none; worker only
 * Source   libpng 1.6, libjpeg-turbo 2.1, libwebp 1.2, giflib 5.2; BMP is read here
 */
#ifndef ENGINE_PICTURE_H
#define ENGINE_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"
#include "link/bitmap.h"

enum {
	PICTURE_SIDE_MIN = 21,		/* a QR code has at least 21 modules, one pixel each */
	PICTURE_FRAMES = 8,
	PICTURE_FULL = 4 * 1024 * 1024	/* pixels; above they are merged two by two until there are fewer */
};

struct picture_limits {
	uint64_t pixels;		/* of one picture or frame */
	uint64_t bytes;			/* that a decoder may need besides */
	int64_t deadline_ms;
};

/* False: that is enough. */
typedef bool picture_fn(void *arg, const struct bitmap *);

/* By its first bytes, whatever it is called. */
bool picture_is(struct str content);
enum rc picture_read(struct str content, const struct picture_limits *, picture_fn *, void *arg) MUST_CHECK;

#endif
