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

static unsigned char
mean_of_block(const struct bitmap *in, const struct blocks *b, unsigned bx, unsigned by)
{
	unsigned x0 = bx * BLOCK, y0 = by * BLOCK;
	unsigned x1 = x0 + BLOCK < in->width ? x0 + BLOCK : in->width;
	unsigned y1 = y0 + BLOCK < in->height ? y0 + BLOCK : in->height;
	unsigned sum = 0, low = SHADES - 1, high = 0, before = 0, n = 0;

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
			unsigned limit = mean_around(&b, bx, by);
			unsigned x1 = (bx + 1) * BLOCK < in->width ? (bx + 1) * BLOCK : in->width;
			unsigned y1 = (by + 1) * BLOCK < in->height ? (by + 1) * BLOCK : in->height;

			for (unsigned y = by * BLOCK; y < y1; y++)
				for (unsigned x = bx * BLOCK; x < x1; x++)
					out->px[(size_t)y * in->width + x] = in->px[(size_t)y * in->width + x] <= limit;
		}
	free(b.mean);
}

/* Otsu: the threshold that parts the shades into the two most different groups. */
static unsigned
best_threshold(const struct bitmap *in)
{
	uint64_t count[SHADES] = { 0 }, total = bitmap_bytes(in), sum = 0, below = 0, sum_below = 0;
	double best = -1;
	unsigned at = SHADES / 2;

	for (size_t i = 0; i < total; i++)
		count[in->px[i]]++;
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
