/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Which format it is, and what all formats share. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/picture_in.h"

static const struct format {
	const char *magic;
	size_t n;
	enum rc (*read)(struct picture_job *);
} formats[] = {
	{ "\x89PNG\r\n\x1a\n", 8, picture_png },
	{ "\xff\xd8\xff", 3, picture_jpeg },
	{ "GIF8", 4, picture_gif },
	{ "RIFF", 4, picture_webp },
	{ "BM", 2, picture_bmp },
};

enum { WEBP_AT = 8, BMP_HEAD = 26, BMP_SIZE_AT = 14, BMP_INFO_MIN = 12, BMP_INFO_MAX = 124 };

static const struct format *
format_of(struct str c)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const struct format *f = &formats[i];

		if (!str_starts(c, (struct str){ f->magic, f->n }))
			continue;
		if (f->read == picture_webp && !str_starts(str_from(c, WEBP_AT), STR("WEBP")))
			continue;
		/* Two letters are few: the size of the second header is small, too. */
		if (f->read == picture_bmp && (c.n < BMP_HEAD || (unsigned char)c.p[BMP_SIZE_AT] < BMP_INFO_MIN ||
		    (unsigned char)c.p[BMP_SIZE_AT] > BMP_INFO_MAX || memcmp(c.p + BMP_SIZE_AT + 1, "\0\0\0", 3) != 0))
			continue;
		return f;
	}
	return NULL;
}

bool
picture_is(struct str content)
{
	return format_of(content) != NULL;
}

enum rc
picture_fits(const struct picture_job *job, uint64_t width, uint64_t height)
{
	if (width < PICTURE_SIDE_MIN || height < PICTURE_SIDE_MIN)
		return RC_NONE;
	if (width > job->lim->pixels || height > job->lim->pixels / width)
		return RC_LIMIT;
	return picture_late(job) ? RC_TEMP : RC_OK;
}

bool
picture_late(const struct picture_job *job)
{
	return clock_left_ms(job->lim->deadline_ms) <= 0;
}

void
picture_new(struct bitmap *b, unsigned width, unsigned height)
{
	*b = (struct bitmap){ malloc((size_t)width * height), width, height };
	if (!b->px)
		abort();
	memset(b->px, 0xff, bitmap_bytes(b));
}

/* Each four pixels become one, in place: what is written lies before what is read. */
static void
halve(struct bitmap *b)
{
	unsigned w = b->width / 2, h = b->height / 2;

	for (unsigned y = 0; y < h; y++) {
		const unsigned char *in = b->px + (size_t)y * 2 * b->width;
		unsigned char *out = b->px + (size_t)y * w;

		for (unsigned x = 0; x < w; x++)
			out[x] = (unsigned char)((in[2 * x] + in[2 * x + 1] + in[2 * x + b->width] +
			    in[2 * x + 1 + b->width]) / 4);
	}
	b->width = w;
	b->height = h;
}

bool
picture_give(struct picture_job *job, struct bitmap *b)
{
	bool more;

	while (bitmap_bytes(b) > PICTURE_FULL && b->width > 1 && b->height > 1)
		halve(b);
	more = job->fn(job->arg, b);
	free(b->px);
	*b = (struct bitmap){ NULL };
	return more && ++job->frames < PICTURE_FRAMES && !picture_late(job);
}

enum rc
picture_read(struct str content, const struct picture_limits *lim, picture_fn *fn, void *arg)
{
	const struct format *f = format_of(content);
	struct picture_job job = { content, lim, fn, arg, 0 };

	return f ? f->read(&job) : RC_NONE;
}
