/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Lines of few different characters, one below the other, are drawn as a picture: each character
 * is twice as high as wide, and some are made of smaller pieces. */
#include "link/qr_drawn.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { CELL_W = 4, CELL_H = 8, ALL = 0xf, LEFT = 0xc, RIGHT = 0x3 };
enum { LINES_MIN = 6, COLUMNS_MIN = 11, DISTINCT_MAX = 6, SOLID = 80, LIGHT_MIN = 15, MARGIN = 4 };

struct kind {
	uint32_t cp;
	size_t count;
};

struct drawing {
	struct str line[DRAWN_LINES];
	size_t lines, columns;		/* columns from 0 to the last character that is not blank */
	size_t left;			/* columns that are blank in every line */
	uint32_t light;			/* a character that counts as light, 0 when blanks do */
};

static bool
is_blank(uint32_t c)
{
	if (c < 0x80)
		return c == ' ' || c == '\t' || c == '\r';
	return c == 0xa0 || (c >= 0x2000 && c <= 0x200f) || c == 0x2800 ||
	    c == 0x3000 || c == 0x202f || c == 0xfeff;
}

static bool
is_faint(uint32_t c)
{
	return c == '.' || c == ',' || c == '`' || c == '\'' || c == '-' || c == '_' || c == 0xb7 || c == 0x2591 ||
	    c == 0x25a1 || c == 0x25ab || c == 0x25cb || c == 0x25fb || c == 0x25fd || c == 0x2b1c;
}

/* Blocks and braille: nothing but drawing. */
static bool
is_solid(uint32_t c)
{
	return c >= 0x2580 && (c <= 0x259f || (c >= 0x2800 && c <= 0x28ff) || c == 0x25a0 || c == 0x2b1b || c == 0x2b1c);
}

static bool
is_wide(uint32_t c)
{
	return c == 0x2b1b || c == 0x2b1c || (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
	    (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0xff00 && c <= 0xff60) ||
	    (c >= 0x1f300 && c <= 0x1faff);
}

static bool
is_nothing(uint32_t c)
{
	if (c < 0x80)
		return c == '\r';
	return (c >= 0x200b && c <= 0x200f) || c == 0x2060 || c == 0xfe0e || c == 0xfe0f || c == 0xfeff;
}

/* --- the ink of a character: CELL_H rows of CELL_W bits, the left one highest --- */

static void
fill(unsigned char ink[CELL_H], int from, int to, unsigned bits)
{
	for (int y = from; y < to; y++)
		ink[y] = (unsigned char)(ink[y] | bits);
}

static void
quadrants(unsigned char ink[CELL_H], uint32_t c)
{
	/* from U+2596 on: 1 upper left, 2 upper right, 4 lower left, 8 lower right */
	static const unsigned char parts[] = { 4, 8, 1, 13, 9, 7, 11, 2, 6, 14 };
	unsigned p = parts[c - 0x2596];

	fill(ink, 0, CELL_H / 2, (p & 1 ? LEFT : 0) | (p & 2 ? RIGHT : 0));
	fill(ink, CELL_H / 2, CELL_H, (p & 4 ? LEFT : 0) | (p & 8 ? RIGHT : 0));
}

static void
braille(unsigned char ink[CELL_H], uint32_t c)
{
	static const unsigned char row[] = { 0, 1, 2, 0, 1, 2, 3, 3 }, side[] = { 0, 0, 0, 1, 1, 1, 0, 1 };

	for (unsigned dot = 0; dot < 8; dot++)
		if (c >> dot & 1)
			fill(ink, row[dot] * 2, row[dot] * 2 + 2, side[dot] ? RIGHT : LEFT);
}

static void
ink_of(const struct drawing *d, uint32_t c, unsigned char ink[CELL_H])
{
	memset(ink, 0, CELL_H);
	if (is_blank(c) || is_faint(c) || (d->light && c == d->light))
		return;
	if (c == 0x2580)
		fill(ink, 0, CELL_H / 2, ALL);
	else if (c > 0x2580 && c <= 0x2588)
		fill(ink, CELL_H - (int)(c - 0x2580), CELL_H, ALL);
	else if (c > 0x2588 && c <= 0x258f)
		fill(ink, 0, CELL_H, ALL << (CELL_W - (0x2591 - c) / 2) & ALL);
	else if (c == 0x2590)
		fill(ink, 0, CELL_H, RIGHT);
	else if (c >= 0x2596 && c <= 0x259f)
		quadrants(ink, c);
	else if (c >= 0x2800 && c <= 0x28ff)
		braille(ink, c);
	else
		fill(ink, 0, CELL_H, ALL);
}

/* --- which lines belong to a drawing --- */

/* Where its first character that is not blank stands, and how far it goes. False: all blank. */
static bool
extent(struct str line, size_t *from, size_t *to)
{
	size_t at = 0, n = 0;

	*from = DRAWN_COLUMNS;
	*to = 0;
	while (at < line.n && n < DRAWN_COLUMNS) {
		uint32_t c = utf8_next(line, &at);
		size_t w = is_nothing(c) ? 0 : is_wide(c) ? 2 : 1;

		if (w && !is_blank(c)) {
			*from = n < *from ? n : *from;
			*to = n + w;
		}
		n += w;
	}
	return *to > 0;
}

/* Different characters so far, those of ASCII as bits. */
struct kinds {
	uint64_t ascii[2];
	uint32_t other[DISTINCT_MAX];
	size_t n, others;
};

/* Is there room for this one, too? */
static bool
kind_fits(struct kinds *k, uint32_t c)
{
	if (c < 0x80) {
		uint64_t bit = UINT64_C(1) << (c & 63);

		if (k->ascii[c >> 6] & bit)
			return true;
		k->ascii[c >> 6] |= bit;
		return k->n++ < DISTINCT_MAX;
	}
	for (size_t i = 0; i < k->others; i++)
		if (k->other[i] == c)
			return true;
	if (k->n++ >= DISTINCT_MAX)
		return false;
	k->other[k->others++] = c;
	return true;
}

/* Only blocks, or few different characters. A line of words is known after its first few. */
static bool
is_drawn(struct str line)
{
	struct kinds kinds = { .n = 0 };
	size_t all = 0, other = 0, at = 0, most = line.n < DRAWN_COLUMNS ? line.n : DRAWN_COLUMNS;
	bool many = false;

	while (at < line.n && all < DRAWN_COLUMNS) {
		uint32_t c = (unsigned char)line.p[at] < 0x80 ? (unsigned char)line.p[at++] : utf8_next(line, &at);

		if (is_nothing(c))
			continue;
		all++;
		other += !is_blank(c) && !is_solid(c);
		many = many || !kind_fits(&kinds, c);
		if (many && other * 100 > most * (100 - SOLID))
			return false;
	}
	return all >= COLUMNS_MIN && (!many || other * 100 <= all * (100 - SOLID));
}

/* Where nothing is blank, the second of the two characters is the light one. */
static void
choose_light(struct drawing *d)
{
	struct kind kind[DISTINCT_MAX + 1] = { { 0 } };
	size_t n = 0, all = 0, light = 0, first = 0, second = 0;

	for (size_t i = 0; i < d->lines; i++)
		for (size_t at = 0; at < d->line[i].n;) {
			uint32_t c = utf8_next(d->line[i], &at);
			size_t k = 0;

			all++;
			light += is_blank(c) || is_faint(c) || (is_solid(c) && c != 0x2588);
			while (k < n && kind[k].cp != c)
				k++;
			if (k == n && n < DISTINCT_MAX)
				n++;
			kind[k].cp = c;
			kind[k].count++;
		}
	d->light = 0;
	if (light * 100 >= all * LIGHT_MIN || n < 2)
		return;
	for (size_t k = 1; k < n; k++)
		first = kind[k].count > kind[first].count ? k : first;
	second = first == 0;
	for (size_t k = 0; k < n; k++)
		if (k != first && kind[k].count > kind[second].count)
			second = k;
	d->light = kind[second].cp;
}

/* --- drawing --- */

static void
draw_line(const struct drawing *d, struct str line, unsigned wide, struct bitmap *b, unsigned y0)
{
	unsigned x0 = CELL_W * wide * MARGIN;
	size_t at = 0, skip = d->left;

	while (at < line.n) {
		uint32_t c = utf8_next(line, &at);
		unsigned char ink[CELL_H];
		unsigned w = CELL_W * wide * (is_wide(c) ? 2 : 1);

		if (is_nothing(c))
			continue;
		if (skip > 0) {
			skip -= is_wide(c) && skip > 1 ? 2 : 1;
			continue;
		}
		if (x0 + w > b->width)
			return;
		ink_of(d, c, ink);
		for (unsigned y = 0; y < CELL_H; y++)
			for (unsigned x = 0; x < w; x++)
				if (ink[y] >> (CELL_W - 1 - x * CELL_W / w) & 1)
					b->px[(size_t)(y0 + y) * b->width + x0 + x] = 0;
		x0 += w;
	}
}

static bool
draw(const struct drawing *d, unsigned wide, const struct qr_job *job)
{
	struct bitmap b = { NULL, (unsigned)(d->columns - d->left + 2 * MARGIN) * CELL_W * wide,
		(unsigned)(d->lines + MARGIN) * CELL_H };
	bool more;

	b.px = malloc(bitmap_bytes(&b));
	if (!b.px)
		abort();
	memset(b.px, 0xff, bitmap_bytes(&b));
	for (size_t i = 0; i < d->lines; i++)
		draw_line(d, d->line[i], wide, &b, (unsigned)(i + MARGIN / 2) * CELL_H);
	more = qr_find(&b, job);
	free(b.px);
	return more;
}

/* A character is drawn as it stands on a screen, and as wide as high. */
static bool
finish(struct drawing *d, const struct qr_job *job)
{
	bool more = true;

	while (d->lines > 0 && str_trim(d->line[d->lines - 1]).n == 0)
		d->lines--;
	if (d->lines >= LINES_MIN && d->columns >= d->left + COLUMNS_MIN) {
		choose_light(d);
		more = draw(d, 1, job) && draw(d, 2, job);
	}
	d->lines = d->columns = 0;
	d->left = DRAWN_COLUMNS;
	return more;
}

/* An empty line within a drawing is an accident of its transport. */
bool
qr_drawn_text(struct str text, const struct qr_job *job)
{
	struct drawing *d = calloc(1, sizeof(*d));
	struct str line;
	bool more = true;

	if (!d)
		abort();
	d->left = DRAWN_COLUMNS;
	while (more && str_next(&text, '\n', &line)) {
		size_t from, to;
		bool drawn = is_drawn(line), blank;

		if (!drawn && d->lines == 0)
			continue;
		blank = !extent(line, &from, &to);
		if (blank && (d->lines == 0 || str_trim(line).n == 0))
			continue;
		if (!drawn || d->lines == DRAWN_LINES)
			more = finish(d, job);
		if (!drawn)
			continue;
		d->columns = to > d->columns ? to : d->columns;
		d->left = from < d->left ? from : d->left;
		d->line[d->lines++] = line;
	}
	more = more && finish(d, job);
	free(d);
	return more;
}
