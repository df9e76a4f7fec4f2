/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* bitmap.h - a picture in shades of gray
 *
 * Input    none
 * Units    pixels; 0 is black, 255 white
 * Limits   whoever makes one has checked the size
 * Memory   the maker owns the pixels: rows one after the other, without gaps
 * Errors   none
 * Threads  plain data
 * Source   none
 */
#ifndef LINK_BITMAP_H
#define LINK_BITMAP_H

#include <stddef.h>

struct bitmap {
	unsigned char *px;		/* width * height */
	unsigned width, height;
};

static inline size_t
bitmap_bytes(const struct bitmap *b)
{
	return (size_t)b->width * b->height;
}

#endif
