/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* picture_in.h - what picture.c and the formats share
 *
 * Input    a picture of the format that the function is for
 * Units    pixels
 * Limits   picture_fits is asked before anything is allocated
 * Memory   picture_give takes a bitmap that malloc made and frees it
 * Errors   as picture.h
 * Threads  none
 * Source   none
 */
#ifndef ENGINE_PICTURE_IN_H
#define ENGINE_PICTURE_IN_H

#include "engine/picture.h"

struct picture_job {
	struct str content;
	const struct picture_limits *lim;
	picture_fn *fn;
	void *arg;
	unsigned frames;		/* given so far */
};

/* RC_OK: a bitmap of this size may be made. */
enum rc picture_fits(const struct picture_job *, uint64_t width, uint64_t height) MUST_CHECK;
bool picture_late(const struct picture_job *);
/* A white bitmap. */
void picture_new(struct bitmap *, unsigned width, unsigned height);
/* Merge what is too large, hand it out, free it. False: no more are wanted. */
bool picture_give(struct picture_job *, struct bitmap *);

static inline unsigned char
picture_gray(unsigned r, unsigned g, unsigned b)
{
	return (unsigned char)((r * 77 + g * 150 + b * 29) >> 8);	/* ITU-R BT.601 */
}

/* How it looks on white. */
static inline unsigned char
picture_on_white(unsigned gray, unsigned alpha)
{
	return (unsigned char)((gray * alpha + 255 * (255 - alpha)) / 255);
}

enum rc picture_png(struct picture_job *);
enum rc picture_jpeg(struct picture_job *);
enum rc picture_gif(struct picture_job *);
enum rc picture_webp(struct picture_job *);
enum rc picture_bmp(struct picture_job *);

#endif
