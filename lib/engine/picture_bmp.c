/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* BMP of Windows 3 and later: 1 to 32 bits a pixel, plain, run-length coded or with bit fields
 * (BITMAPINFOHEADER and its successors). */
#include <stdlib.h>

#include "base/rd.h"
#include "engine/picture_in.h"

enum { FILE_HEAD = 14, CORE_HEAD = 12, MASKS_AT = 54, PALETTE_MAX = 256 };
enum { PLAIN = 0, RLE8 = 1, RLE4 = 2, FIELDS = 3, ALPHA_FIELDS = 6 };
enum { RLE_END_LINE = 0, RLE_END = 1, RLE_MOVE = 2 };

struct bmp {
	struct bitmap out;
	struct str pixels;
	uint32_t bits, compression, mask[3];
	unsigned char palette[PALETTE_MAX];	/* gray */
	bool down;			/* rows from top to bottom */
};

static unsigned char *
row_of(const struct bmp *b, unsigned y)
{
	return b->out.px + (size_t)(b->down ? y : b->out.height - 1 - y) * b->out.width;
}

/* The bits of a field as 0 to 255. */
static unsigned
field(uint32_t v, uint32_t mask)
{
	if (!mask)
		return 0;
	while (!(mask & 1)) {
		mask >>= 1;
		v >>= 1;
	}
	return (unsigned)((uint64_t)(v & mask) * 255 / mask);
}

static unsigned char
pixel(const struct bmp *b, struct str row, unsigned x)
{
	const unsigned char *p = (const unsigned char *)row.p;
	uint32_t v = 0;

	if (b->bits <= 8) {
		unsigned per = 8 / b->bits, shift = (per - 1 - x % per) * b->bits;

		return b->palette[(unsigned)p[x / per] >> shift & ((1u << b->bits) - 1)];
	}
	for (unsigned i = b->bits / 8; i > 0; i--)
		v = v << 8 | p[(size_t)x * (b->bits / 8) + i - 1];
	return picture_gray(field(v, b->mask[0]), field(v, b->mask[1]), field(v, b->mask[2]));
}

static enum rc
read_plain(const struct bmp *b)
{
	size_t stride = ((size_t)b->out.width * b->bits + 31) / 32 * 4;

	for (unsigned y = 0; y < b->out.height; y++) {
		struct str row = str_sub(b->pixels, y * stride, stride);

		if (row.n < ((size_t)b->out.width * b->bits + 7) / 8)
			return RC_BAD;
		for (unsigned x = 0; x < b->out.width; x++)
			row_of(b, y)[x] = pixel(b, row, x);
	}
	return RC_OK;
}

/* `count` pixels: the same value again and again, or one after the other from `from`. */
static void
put_run(const struct bmp *b, unsigned *x, unsigned y, unsigned count, const unsigned char *from, bool same)
{
	for (unsigned i = 0; i < count; i++, (*x)++) {
		unsigned v = b->compression == RLE8 ? from[same ? 0 : i] :
		    (unsigned)from[same ? 0 : i / 2] >> (i % 2 ? 0 : 4) & 15;

		if (*x < b->out.width && y < b->out.height)
			row_of(b, y)[*x] = b->palette[v];
	}
}

static enum rc
read_rle(const struct bmp *b)
{
	struct rd r = { .in = b->pixels };
	unsigned x = 0, y = 0;

	while (y < b->out.height) {
		unsigned n = rd_u8(&r), v = rd_u8(&r);
		unsigned char one = (unsigned char)v;
		struct str s;

		if (r.err)
			return RC_BAD;
		if (n > 0) {
			put_run(b, &x, y, n, &one, true);
		} else if (v == RLE_END_LINE) {
			x = 0;
			y++;
		} else if (v == RLE_END) {
			break;
		} else if (v == RLE_MOVE) {
			x += rd_u8(&r);
			y += rd_u8(&r);
		} else {
			size_t bytes = b->compression == RLE8 ? v : (v + 1) / 2;

			s = rd_bytes(&r, bytes);
			if (s.n)
				put_run(b, &x, y, v, (const unsigned char *)s.p, false);
			if (bytes & 1)
				rd_u8(&r);
		}
	}
	return RC_OK;
}

static void
read_palette(struct bmp *b, struct str s, size_t entry)
{
	for (size_t i = 0; i < PALETTE_MAX; i++) {
		struct str e = str_sub(s, i * entry, 3);
		const unsigned char *p = (const unsigned char *)e.p;

		b->palette[i] = e.n < 3 ? 0 : picture_gray(p[2], p[1], p[0]);
	}
}

static void
choose_masks(struct bmp *b, struct str content)
{
	struct rd r = { .in = str_from(content, MASKS_AT) };

	b->mask[0] = b->bits == 16 ? 0x7c00 : 0xff0000;
	b->mask[1] = b->bits == 16 ? 0x03e0 : 0x00ff00;
	b->mask[2] = b->bits == 16 ? 0x001f : 0x0000ff;
	for (int i = 0; i < 3 && (b->compression == FIELDS || b->compression == ALPHA_FIELDS); i++)
		b->mask[i] = rd_u32(&r);
}

static bool
is_known(const struct bmp *b)
{
	switch (b->compression) {
	case PLAIN:
		return b->bits == 1 || b->bits == 2 || b->bits == 4 || b->bits == 8 || b->bits == 16 ||
		    b->bits == 24 || b->bits == 32;
	case RLE8:
		return b->bits == 8;
	case RLE4:
		return b->bits == 4;
	case FIELDS:
	case ALPHA_FIELDS:
		return b->bits == 16 || b->bits == 32;
	}
	return false;
}

enum rc
picture_bmp(struct picture_job *job)
{
	struct rd r = { .in = job->content, .off = 10 };
	struct bmp b = { .compression = PLAIN };
	uint32_t at = rd_u32(&r), head = rd_u32(&r);
	int64_t width = head == CORE_HEAD ? rd_u16(&r) : (int32_t)rd_u32(&r);
	int64_t height = head == CORE_HEAD ? rd_u16(&r) : (int32_t)rd_u32(&r);
	enum rc rc;

	rd_u16(&r);
	b.bits = rd_u16(&r);
	if (head != CORE_HEAD)
		b.compression = rd_u32(&r);
	b.down = height < 0;
	if (r.err || width <= 0 || !is_known(&b))
		return RC_BAD;
	rc = picture_fits(job, (uint64_t)width, (uint64_t)(b.down ? -height : height));
	if (rc != RC_OK)
		return rc;
	choose_masks(&b, job->content);
	read_palette(&b, str_from(job->content, FILE_HEAD + head), head == CORE_HEAD ? 3 : 4);
	b.pixels = str_from(job->content, at);
	picture_new(&b.out, (unsigned)width, (unsigned)(b.down ? -height : height));
	rc = b.compression == RLE8 || b.compression == RLE4 ? read_rle(&b) : read_plain(&b);
	picture_give(job, &b.out);
	return rc;
}
