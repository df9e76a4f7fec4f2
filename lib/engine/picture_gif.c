/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* GIF by giflib, one row at a time onto a canvas: frames often hold only what changed. */
#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "engine/picture_in.h"

enum { FIRST_PASS = 1, PASSES = 4, RECORDS_MAX = 10000, NO_COLOUR = -1 };

struct gif {
	struct picture_job *job;
	struct rd in;
	GifFileType *file;
	struct bitmap canvas;
	GifPixelType *row;
	int clear;			/* index of the transparent colour of the next frame */
};

static int
on_read(GifFileType *file, GifByteType *to, int want)
{
	struct gif *g = file->UserData;
	struct str s = rd_bytes(&g->in, want > 0 && (size_t)want < rd_left(&g->in) ? (size_t)want : rd_left(&g->in));

	if (s.n)
		memcpy(to, s.p, s.n);
	return (int)s.n;
}

static void
put_row(struct gif *g, const ColorMapObject *map, unsigned y)
{
	const GifImageDesc *d = &g->file->Image;

	for (unsigned i = 0; i < (unsigned)d->Width; i++) {
		unsigned x = (unsigned)d->Left + i;
		int c = g->row[i];

		if (c == g->clear || x >= g->canvas.width || y >= g->canvas.height || !map || c >= map->ColorCount)
			continue;
		g->canvas.px[(size_t)y * g->canvas.width + x] =
		    picture_gray(map->Colors[c].Red, map->Colors[c].Green, map->Colors[c].Blue);
	}
}

/* Interlaced frames come as every 8th row, every 8th from the 4th, every 4th, every 2nd. */
static enum rc
read_rows(struct gif *g)
{
	static const unsigned from[PASSES] = { 0, 4, 2, 1 }, step[PASSES] = { 8, 8, 4, 2 };
	const GifImageDesc *d = &g->file->Image;
	const ColorMapObject *map = d->ColorMap ? d->ColorMap : g->file->SColorMap;
	int passes = d->Interlace ? PASSES : FIRST_PASS;

	for (int p = 0; p < passes; p++)
		for (unsigned y = d->Interlace ? from[p] : 0; y < (unsigned)d->Height; y += d->Interlace ? step[p] : 1) {
			if (DGifGetLine(g->file, g->row, d->Width) != GIF_OK)
				return RC_BAD;
			put_row(g, map, (unsigned)d->Top + y);
		}
	return RC_OK;
}

static bool
give_copy(struct gif *g)
{
	struct bitmap b;

	picture_new(&b, g->canvas.width, g->canvas.height);
	memcpy(b.px, g->canvas.px, bitmap_bytes(&b));
	return picture_give(g->job, &b);
}

/* The canvas may be a lie: the first frame decides when it is larger. */
static enum rc
make_canvas(struct gif *g)
{
	const GifImageDesc *d = &g->file->Image;
	unsigned w = (unsigned)d->Left + (unsigned)d->Width, h = (unsigned)d->Top + (unsigned)d->Height;
	enum rc rc;

	if (g->canvas.px)
		return RC_OK;
	w = w > (unsigned)g->file->SWidth ? w : (unsigned)g->file->SWidth;
	h = h > (unsigned)g->file->SHeight ? h : (unsigned)g->file->SHeight;
	rc = picture_fits(g->job, w, h);
	if (rc == RC_OK)
		picture_new(&g->canvas, w, h);
	return rc;
}

static enum rc
read_frame(struct gif *g, bool *more)
{
	enum rc rc;

	if (DGifGetImageDesc(g->file) != GIF_OK)
		return RC_BAD;
	rc = make_canvas(g);
	if (rc != RC_OK)
		return rc;
	if (g->file->Image.Width <= 0 || (uint64_t)g->file->Image.Width > g->job->lim->pixels)
		return RC_BAD;
	g->row = malloc((size_t)g->file->Image.Width * sizeof(*g->row));
	if (!g->row)
		abort();
	rc = read_rows(g);
	free(g->row);
	*more = give_copy(g);
	g->clear = NO_COLOUR;
	return rc;
}

static enum rc
read_extension(struct gif *g)
{
	GraphicsControlBlock gcb;
	GifByteType *block;
	int code;

	if (DGifGetExtension(g->file, &code, &block) != GIF_OK)
		return RC_BAD;
	if (block && code == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &gcb) == GIF_OK)
		g->clear = gcb.TransparentColor;
	while (block)
		if (DGifGetExtensionNext(g->file, &block) != GIF_OK)
			return RC_BAD;
	return RC_OK;
}

static enum rc
read_records(struct gif *g)
{
	enum rc rc = RC_OK;
	bool more = true;

	for (int n = 0; n < RECORDS_MAX && more && rc == RC_OK; n++) {
		GifRecordType type;

		if (DGifGetRecordType(g->file, &type) != GIF_OK)
			return RC_BAD;
		if (type == IMAGE_DESC_RECORD_TYPE)
			rc = read_frame(g, &more);
		else if (type == EXTENSION_RECORD_TYPE)
			rc = read_extension(g);
		else if (type == TERMINATE_RECORD_TYPE)
			return RC_OK;
		if (picture_late(g->job))
			return RC_TEMP;
	}
	return rc;
}

enum rc
picture_gif(struct picture_job *job)
{
	struct gif g = { .job = job, .in = { .in = job->content }, .clear = NO_COLOUR };
	int error;
	enum rc rc;

	g.file = DGifOpen(&g, on_read, &error);
	if (!g.file)
		return RC_BAD;
	rc = read_records(&g);
	free(g.canvas.px);
	DGifCloseFile(g.file, &error);
	return rc;
}
