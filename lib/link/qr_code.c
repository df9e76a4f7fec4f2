/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* From modules to bytes: format, mask, order of the code words, redundancy. */
#include "link/qr_code.h"

#include <stdlib.h>
#include <string.h>

#include "link/qr_rs.h"

enum { LEVELS = 4, MASKS = 8, WORDS_MAX = 3706, FINDER = 8, TIMING = 6, VERSIONED = 7 };
enum { FORMAT_BITS = 15, FORMAT_POLY = 0x537, FORMAT_MASK = 0x5412, FORMAT_WRONG = 3 };

/* Levels as the format counts them: M, L, H, Q. Table 9 of the standard. */
static const unsigned char check_words[LEVELS][QR_VERSIONS] = {
	{ 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
	  26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28 },
	{ 7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28,
	  28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30 },
	{ 17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28,
	  30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30 },
	{ 13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30,
	  28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30 },
};
static const unsigned char blocks_of[LEVELS][QR_VERSIONS] = {
	{ 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16,
	  17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49 },
	{ 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8,
	  8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25 },
	{ 1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25,
	  25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81 },
	{ 1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20,
	  23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68 },
};

bool
qr_side_is(unsigned side)
{
	return side >= QR_SIDE_MIN && side <= QR_SIDE_MAX && (side - 17) % 4 == 0;
}

/* Annex E: from 6 to the other side in even steps, the first one takes what is left over. */
unsigned
qr_align(unsigned version, unsigned at[QR_ALIGN_MAX])
{
	unsigned n = version / 7 + 2, step, last = 17 + 4 * version - 7;

	if (version < 2)
		return 0;
	step = version == 32 ? 26 : (version * 4 + n * 2 + 1) / (n * 2 - 2) * 2;
	at[0] = TIMING;
	for (unsigned i = n - 1; i > 0; i--, last -= step)
		at[i] = last;
	return n;
}

static bool
is_alignment(unsigned version, unsigned x, unsigned y)
{
	unsigned at[QR_ALIGN_MAX], n = qr_align(version, at);

	for (unsigned i = 0; i < n; i++) {
		if (x + 2 < at[i] || x > at[i] + 2)
			continue;
		for (unsigned k = 0; k < n; k++) {
			bool corner = (i == 0 && (k == 0 || k == n - 1)) || (i == n - 1 && k == 0);

			if (!corner && y + 2 >= at[k] && y <= at[k] + 2)
				return true;
		}
	}
	return false;
}

bool
qr_is_fixed(unsigned version, unsigned x, unsigned y)
{
	unsigned side = 17 + 4 * version;

	if (x == TIMING || y == TIMING)
		return true;
	if ((x <= FINDER && y <= FINDER) || (x + FINDER >= side && y <= FINDER) || (x <= FINDER && y + FINDER >= side))
		return true;
	if (version >= VERSIONED && ((y < TIMING && x + 11 >= side) || (x < TIMING && y + 11 >= side)))
		return true;
	return is_alignment(version, x, y);
}

static unsigned
ones(unsigned v)
{
	unsigned n = 0;

	for (; v; v &= v - 1)
		n++;
	return n;
}

static unsigned
format_code(unsigned data)
{
	unsigned rest = data << 10;

	for (unsigned bit = FORMAT_BITS - 1; bit >= 10; bit--)
		if (rest >> bit & 1)
			rest ^= (unsigned)FORMAT_POLY << (bit - 10);
	return (data << 10 | rest) ^ FORMAT_MASK;
}

/* It stands there twice; whichever copy is nearer to a valid one. */
static enum rc
read_format(struct qr_code *c, unsigned *level, unsigned *mask)
{
	unsigned one = 0, two = 0, best = FORMAT_WRONG + 1;

	for (unsigned i = 0; i < FORMAT_BITS; i++) {
		unsigned near = i < 6 ? i : i == 6 ? 7 : 8;

		/* bit 14 first: along the row, then up the column */
		one = one << 1 | *(i < 8 ? qr_at(c, near, 8) : qr_at(c, 8, i == 8 ? 7 : 14 - i));
		two = two << 1 | *(i < 7 ? qr_at(c, 8, c->side - 1 - i) : qr_at(c, c->side - 15 + i, 8));
	}
	for (unsigned data = 0; data < LEVELS * MASKS; data++) {
		unsigned code = format_code(data), d1 = ones(code ^ one), d2 = ones(code ^ two);
		unsigned d = d1 < d2 ? d1 : d2;

		if (d >= best)
			continue;
		best = d;
		*level = data >> 3;
		*mask = data & 7;
	}
	return best <= FORMAT_WRONG ? RC_OK : RC_BAD;
}

static bool
is_masked(unsigned mask, unsigned x, unsigned y)
{
	switch (mask) {
	case 0: return (x + y) % 2 == 0;
	case 1: return y % 2 == 0;
	case 2: return x % 3 == 0;
	case 3: return (x + y) % 3 == 0;
	case 4: return (y / 2 + x / 3) % 2 == 0;
	case 5: return x * y % 2 + x * y % 3 == 0;
	case 6: return (x * y % 2 + x * y % 3) % 2 == 0;
	}
	return ((x + y) % 2 + x * y % 3) % 2 == 0;
}

/* Two columns at a time from the right, up and down by turns; the timing column is left out. */
static size_t
read_words(struct qr_code *c, unsigned mask, unsigned char *words)
{
	unsigned version = (c->side - 17) / 4;
	size_t bits = 0;
	bool up = true;

	memset(words, 0, WORDS_MAX);
	for (int right = (int)c->side - 1; right > 0; right -= 2, up = !up) {
		if (right == TIMING)
			right--;
		for (unsigned i = 0; i < c->side * 2; i++) {
			unsigned x = (unsigned)right - i % 2, y = up ? c->side - 1 - i / 2 : i / 2;

			if (qr_is_fixed(version, x, y) || bits / 8 >= WORDS_MAX)
				continue;
			if (*qr_at(c, x, y) ^ is_masked(mask, x, y))
				words[bits / 8] |= (unsigned char)(0x80 >> bits % 8);
			bits++;
		}
	}
	return bits / 8;
}

/* Blocks stand interleaved, short ones first: take each apart, mend it, append its data. */
static enum rc
mend_blocks(const unsigned char *words, size_t total, unsigned version, unsigned level, struct buf *data)
{
	size_t check = check_words[level][version - 1], n = blocks_of[level][version - 1];
	size_t len = total / n, n_short = n - total % n;

	for (size_t b = 0; b < n; b++) {
		unsigned char block[RS_BLOCK];
		size_t have = len - check + (b >= n_short);

		if (have + check > RS_BLOCK)
			return RC_BAD;
		for (size_t i = 0; i < have; i++)
			block[i] = i < len - check ? words[i * n + b] : words[(len - check) * n + b - n_short];
		for (size_t i = 0; i < check; i++)
			block[have + i] = words[total - check * n + i * n + b];
		if (qr_rs_mend(block, have + check, check) != RC_OK)
			return RC_BAD;
		buf_add(data, (struct str){ (const char *)block, have });
	}
	return RC_OK;
}

static enum rc
read_this_way(struct qr_code *c, struct buf *out)
{
	unsigned level = 0, mask = 0, version = (c->side - 17) / 4;
	unsigned char words[WORDS_MAX];
	struct buf data;
	size_t total;
	enum rc rc;

	if (read_format(c, &level, &mask) != RC_OK)
		return RC_BAD;
	total = read_words(c, mask, words);
	buf_init(&data, WORDS_MAX);
	rc = mend_blocks(words, total, version, level, &data);
	if (rc == RC_OK)
		rc = qr_segments(buf_str(&data), version, out);
	buf_clear(&data);
	return rc;
}

static void
turn_over(struct qr_code *c)
{
	for (unsigned y = 0; y < c->side; y++)
		for (unsigned x = 0; x < y; x++) {
			unsigned char t = *qr_at(c, x, y);

			*qr_at(c, x, y) = *qr_at(c, y, x);
			*qr_at(c, y, x) = t;
		}
}

enum rc
qr_read(struct qr_code *c, struct buf *out)
{
	if (!qr_side_is(c->side))
		return RC_BAD;
	if (read_this_way(c, out) == RC_OK)
		return RC_OK;
	turn_over(c);
	return read_this_way(c, out);
}
