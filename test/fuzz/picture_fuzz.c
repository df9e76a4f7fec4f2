/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as a picture: within the limits, every pixel can be read. */
#include "engine/picture.h"

#include <assert.h>

#include "base/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { PIXELS = 1 << 20 };

static bool
on_picture(void *arg, const struct bitmap *b)
{
	unsigned *sum = arg;

	assert(bitmap_bytes(b) <= PIXELS);
	for (size_t i = 0; i < bitmap_bytes(b); i++)
		*sum += b->px[i];
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct picture_limits lim = { .pixels = PIXELS, .bytes = 16 << 20, .deadline_ms = clock_mono_ms() + 3000 };
	unsigned sum = 0;

	(void)!picture_read((struct str){ (const char *)data, n }, &lim, on_picture, &sum);
	return 0;
}
