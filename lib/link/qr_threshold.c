/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What is black and what is white: by the neighbourhood, for shadows and gradients, or by one
 * number for all, for large modules. */
#include <stdlib.h>
#include <string.h>

#include "link/qr_look.h"

enum { BLOCK = 8, AROUND = 2, FLAT = 24, SHADES = 256 };

struct blocks {
	unsigned char *mean;
	unsigned w, h;
};

/* Most of a page is paper. */
static bool
is_of_one_shade(const unsigned char *in, size_t stride)
{
	uint64_t first, row;

	memcpy(&first, in, sizeof(first));
	if (first != in[0] * UINT64_C(0x0101010101010101))
		return false;
	for (unsigned y = 1; y < BLOCK; y++) {
		memcpy(&row, in + y * stride, sizeof(row));
		if (row != first)
			return false;
	}
	return true;
}

static unsigned char
mean_of_block(const struct bitmap *in, const struct blocks *b, unsigned bx, unsigned by)
{
	unsigned x0 = bx * BLOCK, y0 = by * BLOCK;
	unsigned x1 = x0 + BLOCK < in->width ? x0 + BLOCK : in->width;
	unsigned y1 = y0 + BLOCK < in->height ? y0 + BLOCK : in->height;
	unsigned sum = 0, low = SHADES - 1, high = 0, before = 0, n = 0;
	const unsigned char *at = in->px + (size_t)y0 * in->width + x0;

	if (x1 - x0 == BLOCK && y1 - y0 == BLOCK && is_of_one_shade(at, in->width))
		low = high = *at, y0 = y1;
	for (unsigned y = y0; y < y1; y++) {
		const unsigned char *row = in->px + (size_t)y * in->width;

		for (unsigned x = x0; x < x1; x++) {
			sum += row[x];
			low = row[x] < low ? row[x] : low;
			high = row[x] > high ? row[x] : high;
		}
	}
	if (high - low > FLAT)
		return (unsigned char)(sum / ((x1 - x0) * (y1 - y0)));
	/* All of one shade: light, unless what lies left and above says that it is dark. */
	if (bx > 0)
		before += b->mean[(size_t)by * b->w + bx - 1], n++;
	if (by > 0)
		before += b->mean[(size_t)(by - 1) * b->w + bx], n++;
	if (n && low < before / n)
		return (unsigned char)(before / n);
	return (unsigned char)(low / 2);
}

/* A block of BLOCK pixels a side, or what is left of one at the border. */
static void
part_block(const unsigned char *in, unsigned char *out, size_t stride, unsigned w, unsigned h, unsigned char limit)
{
	for (; h > 0; h--, in += stride, out += stride)
		if (w == BLOCK)
			for (unsigned x = 0; x < BLOCK; x++)
				out[x] = in[x] <= limit;
		else
			for (unsigned x = 0; x < w; x++)
				out[x] = in[x] <= limit;
}

static unsigned
mean_around(const struct blocks *b, unsigned bx, unsigned by)
{
	unsigned x0 = bx > AROUND ? bx - AROUND : 0, x1 = bx + AROUND < b->w ? bx + AROUND + 1 : b->w;
	unsigned y0 = by > AROUND ? by - AROUND : 0, y1 = by + AROUND < b->h ? by + AROUND + 1 : b->h;
	unsigned sum = 0;

	for (unsigned y = y0; y < y1; y++)
		for (unsigned x = x0; x < x1; x++)
			sum += b->mean[(size_t)y * b->w + x];
	return sum / ((x1 - x0) * (y1 - y0));
}

void
qr_black_white(const struct bitmap *in, struct bitmap *out)
{
	struct blocks b = { NULL, (in->width + BLOCK - 1) / BLOCK, (in->height + BLOCK - 1) / BLOCK };

	b.mean = malloc((size_t)b.w * b.h + 1);
	if (!b.mean)
		abort();
	for (unsigned by = 0; by < b.h; by++)
		for (unsigned bx = 0; bx < b.w; bx++)
			b.mean[(size_t)by * b.w + bx] = mean_of_block(in, &b, bx, by);
	for (unsigned by = 0; by < b.h; by++)
		for (unsigned bx = 0; bx < b.w; bx++) {
			size_t at = (size_t)by * BLOCK * in->width + bx * BLOCK;
			unsigned w = in->width - bx * BLOCK, h = in->height - by * BLOCK;

			part_block(in->px + at, out->px + at, in->width, w < BLOCK ? w : BLOCK, h < BLOCK ? h : BLOCK,
			    (unsigned char)mean_around(&b, bx, by));
		}
	free(b.mean);
}

/* Neighbours have the same shade mostly: counted in turn by four counters they need not wait for each other. */
static void
count_shades(const struct bitmap *in, uint64_t count[SHADES])
{
	enum { LANES = 4 };
	uint32_t lane[LANES][SHADES] = { { 0 } };	/* limit.picture_pixels is far below 2^32 */
	size_t n = bitmap_bytes(in), i = 0;

	for (; i + LANES <= n; i += LANES)
		for (size_t k = 0; k < LANES; k++)
			lane[k][in->px[i + k]]++;
	for (; i < n; i++)
		lane[0][in->px[i]]++;
	for (size_t s = 0; s < SHADES; s++)
		for (size_t k = 0; k < LANES; k++)
			count[s] += lane[k][s];
}

/* Otsu: the threshold that parts the shades into the two most different groups. */
static unsigned
best_threshold(const struct bitmap *in)
{
	uint64_t count[SHADES] = { 0 }, total = bitmap_bytes(in), sum = 0, below = 0, sum_below = 0;
	double best = -1;
	unsigned at = SHADES / 2;

	count_shades(in, count);
	for (unsigned i = 0; i < SHADES; i++)
		sum += count[i] * i;
	for (unsigned i = 0; i < SHADES; i++) {
		double apart, between;

		below += count[i];
		sum_below += count[i] * i;
		if (below == 0 || below == total)
			continue;
		apart = (double)sum_below / (double)below - (double)(sum - sum_below) / (double)(total - below);
		between = (double)below * (double)(total - below) * apart * apart;
		if (between > best) {
			best = between;
			at = i;
		}
	}
	return at;
}

void
qr_black_white_all(const struct bitmap *in, struct bitmap *out)
{
	unsigned limit = best_threshold(in);

	for (size_t i = 0; i < bitmap_bytes(in); i++)
		out->px[i] = in->px[i] <= limit;
}
