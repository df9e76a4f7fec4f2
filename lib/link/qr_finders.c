/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The large squares at three corners: on any line through the middle, dark and light are as
 * 1:1:3:1:1. A line across that finds one is checked by lines down and across again. */
#include <math.h>

#include "link/qr_look.h"

enum { RUNS = 5, MIDDLE = 2, WIDTH = 7, ROWS_ALL = 800, ROWS_STEP = 3, SLACK_ALONG = 70, SLACK_ACROSS = 75 };

struct view {
	const struct bitmap *b;
	unsigned char dark;
	bool down;			/* along columns */
};

static bool
is_dark(const struct view *v, unsigned along, unsigned across)
{
	size_t at = v->down ? (size_t)along * v->b->width + across : (size_t)across * v->b->width + along;

	return v->b->px[at] == v->dark;
}

static bool
is_near(unsigned got, unsigned want, unsigned may)
{
	return got < want ? want - got <= may : got - want <= may;
}

/* Each run may be off by so many hundredths of a module, but half a pixel is no fault; the middle one by three
 * times that. All is counted in the hundredths of a seventh of a pixel. */
static bool
is_pattern(const unsigned run[RUNS], unsigned slack)
{
	enum { HUNDRED = 100, HALF_PIXEL = HUNDRED * WIDTH / 2 };
	unsigned module = run[0] + run[1] + run[2] + run[3] + run[4];

	slack *= module;
	slack = slack < HALF_PIXEL ? HALF_PIXEL : slack;
	module *= HUNDRED;
	for (int i = 0; i < RUNS; i++) {
		unsigned times = i == MIDDLE ? 3 : 1;

		if (run[i] == 0 || !is_near(run[i] * WIDTH * HUNDRED, times * module, times * slack))
			return false;
	}
	return true;
}

/* From `at` in the middle square both ways: the five runs. True when they are there; *centre is
 * then that of the middle run. */
static bool
measure(const struct view *v, unsigned at, unsigned across, unsigned run[RUNS], double *centre)
{
	unsigned size = v->down ? v->b->height : v->b->width, from, to, i;

	if (at >= size || across >= (v->down ? v->b->width : v->b->height) || !is_dark(v, at, across))
		return false;
	for (i = at; i > 0 && is_dark(v, i - 1, across); i--)
		;
	from = i;
	for (to = at + 1; to < size && is_dark(v, to, across); to++)
		;
	run[MIDDLE] = to - from;
	*centre = (from + to) / 2.0;
	for (int k = MIDDLE - 1; k >= 0; k--)
		for (run[k] = 0; i > 0 && is_dark(v, i - 1, across) == (k == 0); i--)
			run[k]++;
	for (int k = MIDDLE + 1; k < RUNS; k++)
		for (run[k] = 0; to < size && is_dark(v, to, across) == (k == RUNS - 1); to++)
			run[k]++;
	return true;
}

static double
module_of(const unsigned run[RUNS])
{
	return (run[0] + run[1] + run[2] + run[3] + run[4]) / (double)WIDTH;
}

static void
add(struct finders *out, double x, double y, double module)
{
	struct finder *weakest = NULL;

	for (size_t i = 0; i < out->n; i++) {
		struct finder *f = &out->item[i];

		if (fabs(f->at.x - x) <= 2 * module && fabs(f->at.y - y) <= 2 * module &&
		    fabs(f->module - module) <= fmax(1, 0.5 * f->module)) {
			double n = f->seen, of = n + 1;

			f->at.x = (f->at.x * n + x) / of;
			f->at.y = (f->at.y * n + y) / of;
			f->module = (f->module * n + module) / of;
			f->seen++;
			return;
		}
		if (!weakest || f->seen < weakest->seen)
			weakest = f;
	}
	if (out->n < QR_FINDERS)
		weakest = &out->item[out->n++];
	else if (weakest->seen > 1)
		return;
	*weakest = (struct finder){ .at = { x, y }, .module = module, .seen = 1 };
}

static void
check(const struct bitmap *b, unsigned char dark, double x, unsigned y, struct finders *out)
{
	const struct view down = { b, dark, true }, over = { b, dark, false };
	unsigned v[RUNS], h[RUNS];
	double cx, cy;

	if (!measure(&down, y, (unsigned)x, v, &cy) || !is_pattern(v, SLACK_ACROSS))
		return;
	if (!measure(&over, (unsigned)x, (unsigned)cy, h, &cx) || !is_pattern(h, SLACK_ACROSS))
		return;
	if (module_of(v) > 3 * module_of(h) || module_of(h) > 3 * module_of(v))
		return;
	add(out, cx, cy, (module_of(v) + module_of(h)) / 2);
}

/* The runs of both colours are the same: what is dark to one is light to the other. */
static void
scan_row(const struct bitmap *b, unsigned y, struct finders of[2])
{
	const unsigned char *row = b->px + (size_t)y * b->width;
	unsigned run[RUNS] = { 0 }, n = 0;

	for (unsigned x = 0; x <= b->width;) {
		unsigned from = x;
		unsigned char c = x < b->width ? row[x] : 2;

		if (c == 2)
			break;
		while (x < b->width && row[x] == c)
			x++;
		for (int i = 0; i < RUNS - 1; i++)
			run[i] = run[i + 1];
		run[RUNS - 1] = x - from;
		n++;
		if (n >= RUNS && is_pattern(run, SLACK_ALONG))
			check(b, c, x - run[4] - run[3] - run[2] / 2.0, y, &of[c]);
	}
}

void
qr_finders(const struct bitmap *b, struct finders of[2])
{
	unsigned step = b->height <= ROWS_ALL ? 1 : ROWS_STEP;

	of[0].n = of[1].n = 0;
	for (unsigned y = 0; y < b->height; y += step)
		scan_row(b, y, of);
}
