/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Several looks at one picture: its neighbourhoods or all of it made black and white, as it is, at
 * half its size, twice its size. In each, corners in either colour are put together by threes. */
#include "link/qr.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "link/qr_look.h"

enum { BEST_FINDERS = 16, TWICE_MAX = 512 * 1024, HALF_MIN = 64 * 1024, COMBINATIONS = 600, DONE_MAX = 64 };

struct triple {
	const struct finder *three[3];
	double oddness;
};

/* A large square of a code that was read, in the pixels of the picture itself. */
struct corner {
	double x, y, reach;
};

struct search {
	const struct qr_job *job;
	struct bitmap bw;
	struct finders finders[2];	/* light squares, dark ones */
	bool near;			/* something like a corner was seen that belongs to no code read */
	struct triple triple[COMBINATIONS];
	size_t n;
	struct buf text;
	struct corner done[DONE_MAX];
	size_t n_done;
	double scale;			/* of this look */
};

static int
by_seen(const void *a, const void *b)
{
	const struct finder *x = a, *y = b;

	return (x->seen < y->seen) - (x->seen > y->seen);
}

static int
by_oddness(const void *a, const void *b)
{
	const struct triple *x = a, *y = b;

	return (x->oddness > y->oddness) - (x->oddness < y->oddness);
}

static double
side(const struct finder *a, const struct finder *b)
{
	return hypot(a->at.x - b->at.x, a->at.y - b->at.y);
}

/* The corner is opposite of the longest side; the others clockwise, y pointing down. */
static void
order(const struct finder *f[3])
{
	double ab = side(f[0], f[1]), bc = side(f[1], f[2]), ca = side(f[2], f[0]);
	const struct finder *t;

	if (ab >= bc && ab >= ca) {
		t = f[0];
		f[0] = f[2];
		f[2] = t;
	} else if (ca >= ab && ca >= bc) {
		t = f[0];
		f[0] = f[1];
		f[1] = t;
	}
	if ((f[1]->at.x - f[0]->at.x) * (f[2]->at.y - f[0]->at.y) <
	    (f[1]->at.y - f[0]->at.y) * (f[2]->at.x - f[0]->at.x)) {
		t = f[1];
		f[1] = f[2];
		f[2] = t;
	}
}

/* How far three finders are from half a square of equal ones; negative: it cannot be. */
static double
oddness(const struct finder *const f[3])
{
	double a = side(f[0], f[1]), b = side(f[0], f[2]), c = side(f[1], f[2]);
	double small = fmin(f[0]->module, fmin(f[1]->module, f[2]->module));
	double large = fmax(f[0]->module, fmax(f[1]->module, f[2]->module));
	double cosine, legs;

	if (a < 8 * small || b < 8 * small || a > 250 * large || large > 2.2 * small)
		return -1;
	cosine = fabs((a * a + b * b - c * c) / (2 * a * b));
	legs = fmax(a, b) / fmin(a, b);
	if (cosine > 0.6 || legs > 2)
		return -1;
	return cosine + (legs - 1) + (large / small - 1);
}

static void
combine(struct search *s, const struct finders *all)
{
	size_t n = all->n < BEST_FINDERS ? all->n : BEST_FINDERS;
	const struct finder *f = all->item;

	s->n = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			for (size_t m = k + 1; m < n && s->n < COMBINATIONS; m++) {
				struct triple t = { .three = { &f[i], &f[k], &f[m] } };

				order(t.three);
				t.oddness = oddness(t.three);
				if (t.oddness >= 0)
					s->triple[s->n++] = t;
			}
	if (s->n)
		qsort(s->triple, s->n, sizeof(*s->triple), by_oddness);
}

static bool
is_done(const struct search *s, const struct finder *f)
{
	double x = f->at.x / s->scale, y = f->at.y / s->scale;

	for (size_t i = 0; i < s->n_done; i++)
		if (fabs(x - s->done[i].x) <= s->done[i].reach && fabs(y - s->done[i].y) <= s->done[i].reach)
			return true;
	return false;
}

/* Of a code that was read already, in this look or one before. A code may lie inside another one:
 * only its own squares count. */
static bool
is_used(const struct search *s, const struct triple *t)
{
	return is_done(s, t->three[0]) || is_done(s, t->three[1]) || is_done(s, t->three[2]);
}

static void
note_done(struct search *s, const struct triple *t)
{
	for (int i = 0; i < 3 && s->n_done < DONE_MAX; i++) {
		const struct finder *f = t->three[i];

		s->done[s->n_done++] = (struct corner){ f->at.x / s->scale, f->at.y / s->scale, 3 * f->module / s->scale };
	}
}

static bool
read_colour(struct search *s, unsigned char dark)
{
	struct finders *f = &s->finders[dark];
	size_t tries = 0;

	if (f->n < 3)
		return true;
	qsort(f->item, f->n, sizeof(f->item[0]), by_seen);
	combine(s, f);
	for (size_t i = 0; i < s->n && tries < QR_TRIES; i++) {
		struct triple *t = &s->triple[i];

		if (is_used(s, t))
			continue;
		if (s->job->late(s->job->arg))
			return false;
		tries++;
		if (!qr_read_between(&s->bw, dark, t->three, &s->text))
			continue;
		note_done(s, t);
		s->job->found(s->job->arg, buf_str(&s->text));
	}
	return true;
}

static bool
look(struct search *s, const struct bitmap *in, void (*how)(const struct bitmap *, struct bitmap *))
{
	s->bw.width = in->width;
	s->bw.height = in->height;
	how(in, &s->bw);
	if (s->job->late(s->job->arg))
		return false;
	qr_finders(&s->bw, s->finders);
	if (!read_colour(s, 1) || !read_colour(s, 0))
		return false;
	for (int dark = 0; dark < 2; dark++)
		for (size_t i = 0; i < s->finders[dark].n; i++)
			s->near = s->near || !is_done(s, &s->finders[dark].item[i]);
	return true;
}

static void
new_bitmap(struct bitmap *b, unsigned width, unsigned height)
{
	*b = (struct bitmap){ malloc((size_t)width * height + 1), width, height };
	if (!b->px)
		abort();
}

static void
halve(const struct bitmap *in, struct bitmap *out)
{
	for (unsigned y = 0; y < out->height; y++) {
		const unsigned char *p = in->px + (size_t)y * 2 * in->width;

		for (unsigned x = 0; x < out->width; x++)
			out->px[(size_t)y * out->width + x] = (unsigned char)((p[2 * x] + p[2 * x + 1] +
			    p[2 * x + in->width] + p[2 * x + 1 + in->width]) / 4);
	}
}

/* Between two pixels lies their mean. */
static void
twice(const struct bitmap *in, struct bitmap *out)
{
	for (unsigned y = 0; y < out->height; y++) {
		unsigned y0 = y / 2, y1 = y % 2 && y0 + 1 < in->height ? y0 + 1 : y0;

		for (unsigned x = 0; x < out->width; x++) {
			unsigned x0 = x / 2, x1 = x % 2 && x0 + 1 < in->width ? x0 + 1 : x0;
			const unsigned char *a = in->px + (size_t)y0 * in->width, *b = in->px + (size_t)y1 * in->width;

			out->px[(size_t)y * out->width + x] = (unsigned char)((a[x0] + a[x1] + b[x0] + b[x1]) / 4);
		}
	}
}

static bool
look_scaled(struct search *s, const struct bitmap *in, bool up)
{
	struct bitmap other;
	bool more;

	if (up)
		new_bitmap(&other, in->width * 2, in->height * 2);
	else
		new_bitmap(&other, in->width / 2, in->height / 2);
	if (up)
		twice(in, &other);
	else
		halve(in, &other);
	s->scale = up ? 2 : 0.5;
	more = look(s, &other, qr_black_white);
	free(other.px);
	return more;
}

bool
qr_find(const struct bitmap *in, const struct qr_job *job)
{
	bool up = bitmap_bytes(in) <= TWICE_MAX, done;
	struct search *s;

	if (in->width < QR_SIDE_MIN || in->height < QR_SIDE_MIN)
		return true;
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	s->job = job;
	s->scale = 1;
	buf_init(&s->text, QR_TEXT_BYTES);
	new_bitmap(&s->bw, in->width * (up ? 2 : 1), in->height * (up ? 2 : 1));
	done = look(s, in, qr_black_white) && look(s, in, qr_black_white_all) &&
	    (!up || !s->near || look_scaled(s, in, true)) && (bitmap_bytes(in) < HALF_MIN || look_scaled(s, in, false));
	buf_clear(&s->text);
	free(s->bw.px);
	free(s);
	return done;
}
