/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* qr_make.h - QR codes to test with: versions 1 to 5 of level L, bytes
 *
 * Input    text that fits
 * Units    modules
 * Limits   106 bytes
 * Memory   the caller's
 * Errors   false: it does not fit
 * Threads  none
 * Source   ISO/IEC 18004:2015
 */
#ifndef TEST_LINK_QR_MAKE_H
#define TEST_LINK_QR_MAKE_H

#include "link/qr_code.h"

#include <stdlib.h>

enum { MAKE_VERSIONS = 5, MAKE_WORDS = 134 };

static inline unsigned char
make_mul(unsigned char a, unsigned char b)
{
	unsigned v = 0;

	for (int i = 7; i >= 0; i--)
		v = (v << 1 ^ (v >> 7 ? 0x11d : 0)) ^ (b >> i & 1 ? a : 0u);
	return (unsigned char)v;
}

static inline void
make_check(unsigned char *words, size_t data, size_t check)
{
	unsigned char gen[32] = { 0 }, root = 1;

	gen[check - 1] = 1;
	for (size_t i = 0; i < check; i++, root = make_mul(root, 2))
		for (size_t k = 0; k < check; k++)
			gen[k] = make_mul(gen[k], root) ^ (k + 1 < check ? gen[k + 1] : 0);
	memset(words + data, 0, check);
	for (size_t i = 0; i < data; i++) {
		unsigned char factor = words[i] ^ words[data];

		memmove(words + data, words + data + 1, check - 1);
		words[data + check - 1] = 0;
		for (size_t k = 0; k < check; k++)
			words[data + k] ^= make_mul(gen[k], factor);
	}
}

static inline void
make_square(struct qr_code *c, int cx, int cy, int size, int light, int light2)
{
	for (int dy = -size; dy <= size; dy++)
		for (int dx = -size; dx <= size; dx++) {
			int x = cx + dx, y = cy + dy, ring = abs(dx) > abs(dy) ? abs(dx) : abs(dy);

			if (x >= 0 && y >= 0 && x < (int)c->side && y < (int)c->side)
				*qr_at(c, (unsigned)x, (unsigned)y) = ring != light && ring != light2;
		}
}

static inline void
make_format(struct qr_code *c)
{
	unsigned data = 1u << 3 | 3, rest = data << 10, bits, s = c->side;	/* level L, mask 3 */

	for (unsigned bit = 14; bit >= 10; bit--)
		if (rest >> bit & 1)
			rest ^= 0x537u << (bit - 10);
	bits = (data << 10 | rest) ^ 0x5412;
	for (unsigned i = 0; i < 15; i++) {
		unsigned char b = bits >> i & 1;

		*qr_at(c, 8, i < 6 ? i : i < 8 ? i + 1 : s - 15 + i) = b;
		*qr_at(c, i < 8 ? s - 1 - i : i == 8 ? 7 : 14 - i, 8) = b;
	}
	*qr_at(c, 8, s - 8) = 1;
}

static inline bool
qr_make(struct qr_code *c, const char *text)
{
	static const size_t checks[] = { 0, 7, 10, 15, 20, 26 }, totals[] = { 0, 26, 44, 70, 100, 134 };
	size_t n = strlen(text), bit = 0;
	unsigned char w[MAKE_WORDS] = { 0 };
	unsigned v = 1, at[QR_ALIGN_MAX], side;

	while (v <= MAKE_VERSIONS && totals[v] - checks[v] < n + 2)
		v++;
	if (v > MAKE_VERSIONS)
		return false;
	c->side = side = 17 + 4 * v;
	memset(c->dark, 0, sizeof(c->dark));
	w[0] = (unsigned char)(0x40 | n >> 4);
	for (size_t i = 0; i <= n; i++)
		w[i + 1] = (unsigned char)((i ? text[i - 1] : (int)n) << 4 | (i < n ? (unsigned char)text[i] >> 4 : 0));
	for (size_t i = n + 2; i < totals[v] - checks[v]; i++)
		w[i] = (i - n) % 2 ? 0x11 : 0xec;
	make_check(w, totals[v] - checks[v], checks[v]);
	for (unsigned i = 0; i < side; i++)
		*qr_at(c, i, 6) = *qr_at(c, 6, i) = i % 2 == 0;
	make_square(c, 3, 3, 4, 2, 4);
	make_square(c, (int)side - 4, 3, 4, 2, 4);
	make_square(c, 3, (int)side - 4, 4, 2, 4);
	if (qr_align(v, at) > 1)
		make_square(c, (int)at[1], (int)at[1], 2, 1, 1);
	make_format(c);
	for (int right = (int)side - 1, up = 1; right > 0; right -= 2, up = !up) {
		right -= right == 6;
		for (unsigned i = 0; i < side * 2; i++) {
			unsigned x = (unsigned)right - i % 2, y = up ? side - 1 - i / 2 : i / 2;

			if (qr_is_fixed(v, x, y))
				continue;
			*qr_at(c, x, y) = (unsigned char)((bit / 8 < totals[v] ? w[bit / 8] >> (7 - bit % 8) & 1 : 0) ^
			    ((x + y) % 3 == 0));
			bit++;
		}
	}
	return true;
}

#endif
