/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Three squares are thought to be corners: how many modules lie between, where the fourth corner
 * is, and what the modules are. The fixed patterns tell how well a guess fits. */
#include <math.h>
#include <stdlib.h>

#include "link/qr_look.h"

enum { CENTRE = 7, GUESSES = 5, PASSES = 5, ALIGN_FROM = 3, ALIGN_SIDE = 5, CANDIDATES = 3 };
enum { TIMING_SHARE = 65, SQUARES_SHARE = 30 };	/* per cent that have to be right of a guess */
enum { SQUARES_FIT = 3 * 8 * 8 * 9 };		/* of the three squares, with the light line around them */
enum { RAYS = 96, EDGES = 3, CORNERS = 4, SQUARES = 3, TRIED = 3 };

struct site {
	const struct bitmap *b;
	unsigned char dark;
	unsigned side;
	struct plane plane;
	bool outlined;			/* corner is set */
	struct point corner[SQUARES][CORNERS];	/* outlines of the three, as they are in the picture */
};

static double
distance(struct point a, struct point b)
{
	return hypot(a.x - b.x, a.y - b.y);
}

/* What lies outside counts as light. */
static bool
dark_at(const struct site *s, struct point p)
{
	if (!(p.x >= 0 && p.y >= 0 && p.x < s->b->width && p.y < s->b->height))
		return false;
	return s->b->px[(size_t)p.y * s->b->width + (size_t)p.x] == s->dark;
}

static bool
module_at(const struct site *s, double x, double y)
{
	return dark_at(s, qr_project(&s->plane, x, y));
}

/* --- how well it fits --- */

/* Nine places of a module against what it should be. */
static int
fit_module(const struct site *s, unsigned x, unsigned y, bool dark)
{
	int score = 0;

	for (int i = 0; i < 9; i++) {
		int column = i % 3, line = i / 3;
		double dx = 0.2 + 0.3 * column, dy = 0.2 + 0.3 * line;

		score += module_at(s, x + dx, y + dy) == dark ? 1 : -1;
	}
	return score;
}

/* Rings around a centre: dark in the middle, then light, then dark (and light for finders). */
static int
fit_rings(const struct site *s, int cx, int cy, int size)
{
	int score = 0;

	for (int dy = -size; dy <= size; dy++)
		for (int dx = -size; dx <= size; dx++) {
			int ring = abs(dx) > abs(dy) ? abs(dx) : abs(dy);
			int x = cx + dx, y = cy + dy;
			bool dark = size == 2 ? ring != 1 : ring != 2 && ring != 4;

			if (x >= 0 && y >= 0 && x < (int)s->side && y < (int)s->side)
				score += fit_module(s, (unsigned)x, (unsigned)y, dark);
		}
	return score;
}

static int
fit_squares(const struct site *s)
{
	int far = (int)s->side - 4;

	return fit_rings(s, 3, 3, 4) + fit_rings(s, far, 3, 4) + fit_rings(s, 3, far, 4);
}

static int
fit_all(const struct site *s)
{
	unsigned at[QR_ALIGN_MAX], n = qr_align((s->side - 17) / 4, at);
	int score = fit_squares(s);

	for (unsigned i = 8; i < s->side - 8; i++)
		score += fit_module(s, i, 6, i % 2 == 0) + fit_module(s, 6, i, i % 2 == 0);
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < n; k++)
			if (!((i == 0 && (k == 0 || k == n - 1)) || (i == n - 1 && k == 0)))
				score += fit_rings(s, (int)at[i], (int)at[k], 2);
	return score;
}

/* Turn each of the eight numbers a little, keep what fits better, then less, and so on. */
static void
improve(struct site *s)
{
	double step = 1.0 / s->side;	/* half a module, as the code is from -1 to 1 */
	int best = fit_all(s);

	for (int pass = 0; pass < PASSES; pass++, step /= 2)
		for (int i = 0; i < 16; i++) {
			double old = s->plane.c[i / 2];
			int score;

			s->plane.c[i / 2] = i % 2 ? old + step : old - step;
			score = fit_all(s);
			if (score > best)
				best = score;
			else
				s->plane.c[i / 2] = old;
		}
}

/* A cheap look first: most combinations are no code. */
static unsigned
timing(const struct site *s)
{
	unsigned good = 0, all = 2 * (s->side - 16);

	for (unsigned i = 8; i < s->side - 8; i++) {
		good += module_at(s, i + 0.5, 6.5) == (i % 2 == 0);
		good += module_at(s, 6.5, i + 0.5) == (i % 2 == 0);
	}
	return good * 100 / all;
}

/* --- the corners --- */

/* From the middle of a large square outwards: dark, light, dark, and its edge. */
static bool
edge(const struct site *s, struct point c, double dx, double dy, double far, struct point *out)
{
	bool dark = true;
	int edges = 0;

	for (int half = 0; half < far * 2; half++) {
		double t = half * 0.5;
		struct point p = { c.x + dx * t, c.y + dy * t };
		bool now = dark_at(s, p);

		if (now != dark && ++edges == EDGES) {
			*out = (struct point){ p.x - dx * 0.25, p.y - dy * 0.25 };
			return true;
		}
		dark = now;
	}
	return false;
}

/* The four corners of a large square: what lies farthest along both directions of the code. */
static bool
outline(const struct site *s, const struct finder *f, struct point u, struct point v, struct point out[CORNERS])
{
	static const int su[CORNERS] = { -1, 1, 1, -1 }, sv[CORNERS] = { -1, -1, 1, 1 };
	double det = u.x * v.y - u.y * v.x, best[CORNERS] = { -1e9, -1e9, -1e9, -1e9 };
	int n = 0;

	if (fabs(det) < 1e-9)
		return false;
	for (int i = 0; i < RAYS; i++) {
		double angle = 2 * 3.14159265358979 * i / RAYS, a, b;
		struct point p;

		if (!edge(s, f->at, cos(angle), sin(angle), f->module * 10 + 4, &p))
			continue;
		n++;
		a = ((p.x - f->at.x) * v.y - (p.y - f->at.y) * v.x) / det;
		b = ((p.y - f->at.y) * u.x - (p.x - f->at.x) * u.y) / det;
		for (int k = 0; k < CORNERS; k++)
			if (a * su[k] + b * sv[k] > best[k]) {
				best[k] = a * su[k] + b * sv[k];
				out[k] = p;
			}
	}
	return n >= RAYS * 3 / 4;
}

static bool
outlines(struct site *s, const struct finder *const three[SQUARES])
{
	struct point o = three[0]->at, r = three[1]->at, d = three[2]->at;
	double lu = distance(o, r), lv = distance(o, d);
	struct point u = { (r.x - o.x) / lu, (r.y - o.y) / lu }, v = { (d.x - o.x) / lv, (d.y - o.y) / lv };

	for (int i = 0; i < SQUARES; i++)
		if (!outline(s, three[i], u, v, s->corner[i]))
			return false;
	return true;
}

/* The plane by all corners of the three squares and their middles; and, when it is known, where the
 * middle of the last alignment pattern is. */
static bool
plane_for(struct site *s, const struct finder *const three[SQUARES], const struct point *alignment)
{
	enum { POINTS = SQUARES * (CORNERS + 1) + 1, WEIGHT = 6 };
	static const int cx[CORNERS] = { 0, 1, 1, 0 }, cy[CORNERS] = { 0, 0, 1, 1 };
	struct point from[POINTS + WEIGHT], to[POINTS + WEIGHT];
	double far = s->side - CENTRE;
	size_t n = 0;

	for (int i = 0; i < SQUARES; i++) {
		double x = i == 1 ? far : 0, y = i == 2 ? far : 0;

		for (int k = 0; k < CORNERS && s->outlined; k++) {
			from[n] = (struct point){ x + CENTRE * cx[k], y + CENTRE * cy[k] };
			to[n++] = s->corner[i][k];
		}
		from[n] = (struct point){ x + CENTRE / 2.0, y + CENTRE / 2.0 };
		to[n++] = three[i]->at;
	}
	for (int i = 0; i < WEIGHT && alignment; i++) {
		from[n] = (struct point){ s->side - 6.5, s->side - 6.5 };
		to[n++] = *alignment;
	}
	return qr_plane(from, to, n, &s->plane);
}

struct place {
	struct point at;
	int score;
};

static void
keep_best(struct place *best, struct point at, int score)
{
	for (int i = 0; i < CANDIDATES; i++) {
		if (score <= best[i].score)
			continue;
		for (int k = CANDIDATES - 1; k > i; k--)
			best[k] = best[k - 1];
		best[i] = (struct place){ at, score };
		return;
	}
}

/* Where around its place the last alignment pattern is: 25 modules are compared in each place. */
static void
find_alignment(const struct site *flat, struct place best[CANDIDATES])
{
	double centre = flat->side - 6.5;
	int reach = 2 * ALIGN_FROM + (int)flat->side / 4;	/* halves of a module */

	for (int y = -reach; y <= reach; y++)
		for (int x = -reach; x <= reach; x++) {
			double dx = x * 0.5, dy = y * 0.5;
			int score = 0;

			for (int i = 0; i < ALIGN_SIDE * ALIGN_SIDE; i++) {
				int mx = i % ALIGN_SIDE - 2, my = i / ALIGN_SIDE - 2;
				int ring = abs(mx) > abs(my) ? abs(mx) : abs(my);

				score += module_at(flat, centre + dx + mx, centre + dy + my) == (ring != 1) ? 4 : -4;
				/* hopeless ones are left early */
				if (i == ALIGN_SIDE * 2 && score < 4)
					break;
			}
			/* of equal ones the nearest */
			score = score * 8 - (int)(fabs(dx) + fabs(dy));
			keep_best(best, qr_project(&flat->plane, centre + dx, centre + dy), score);
		}
}

/* --- reading --- */

static bool
read_modules(const struct site *s, struct buf *out)
{
	struct qr_code *code = malloc(sizeof(*code));
	struct point p0 = qr_project(&s->plane, 0, 0), p1 = qr_project(&s->plane, s->side, s->side);
	bool small = distance(p0, p1) < s->side * 4.0, ok;

	if (!code)
		abort();
	code->side = s->side;
	for (unsigned y = 0; y < s->side; y++)
		for (unsigned x = 0; x < s->side; x++) {
			int votes = 3 * module_at(s, x + 0.5, y + 0.5);

			if (!small)
				votes = 2 * (votes / 3) + module_at(s, x + 0.3, y + 0.5) + module_at(s, x + 0.7, y + 0.5) +
				    module_at(s, x + 0.5, y + 0.3) + module_at(s, x + 0.5, y + 0.7);
			*qr_at(code, x, y) = votes >= 3;
		}
	buf_reset(out);
	ok = qr_read(code, out) == RC_OK && out->n > 0;
	free(code);
	return ok;
}

/* The plane as the corners say, then by the alignment pattern, then made to fit. */
static bool
try_plane(struct site *s, const struct finder *const three[SQUARES], struct buf *out)
{
	struct place place[CANDIDATES] = { { .score = -1000000 }, { .score = -1000000 }, { .score = -1000000 } };
	struct site flat = *s, best = *s;

	if (read_modules(s, out))
		return true;
	if (s->side > QR_SIDE_MIN) {
		find_alignment(&flat, place);
		for (int i = 0; i < CANDIDATES; i++) {
			if (!plane_for(s, three, &place[i].at))
				continue;
			if (read_modules(s, out))
				return true;
			if (fit_all(s) > fit_all(&best))
				best = *s;
		}
	}
	improve(&best);
	return read_modules(&best, out);
}

/* Length of a module along the line between two finders, by the middle of both: from the centre
 * outwards it is 3.5 modules to the light. */
static double
module_towards(const struct site *s, struct point from, struct point to)
{
	double len = distance(from, to), dx = (to.x - from.x) / len, dy = (to.y - from.y) / len;
	int quarters = 0, changes = 0;
	bool dark = true;

	for (; quarters / 4.0 < len && changes < 3; quarters++) {
		bool now = dark_at(s, (struct point){ from.x + dx * quarters / 4, from.y + dy * quarters / 4 });

		changes += now != dark;
		dark = now;
	}
	return quarters / 4.0 / 3.5;
}

static double
modules_between(const struct site *s, const struct finder *a, const struct finder *b)
{
	double m = (module_towards(s, a->at, b->at) + module_towards(s, b->at, a->at)) / 2;

	return distance(a->at, b->at) / m;
}

/* The plane by the middles alone, as if seen from above: for pictures so small that outlines lie. */
static bool
plane_flat(struct site *s, const struct finder *const three[SQUARES])
{
	double far = s->side - CENTRE / 2.0, near = CENTRE / 2.0;
	struct point a = three[0]->at, b = three[1]->at, c = three[2]->at;
	const struct point from[] = { { near, near }, { far, near }, { near, far }, { far, far } };
	const struct point to[] = { a, b, c, { b.x + c.x - a.x, b.y + c.y - a.y } };

	return qr_plane(from, to, sizeof(from) / sizeof(from[0]), &s->plane);
}

struct guess {
	struct site site;
	unsigned timing;		/* per cent */
};

/* The better ones stay first. */
static void
keep_guess(struct guess best[TRIED], const struct site *s)
{
	unsigned t = timing(s);

	if (t < TIMING_SHARE || fit_squares(s) * 100 < SQUARES_FIT * SQUARES_SHARE)
		return;
	for (int i = 0; i < TRIED; i++) {
		if (t <= best[i].timing)
			continue;
		for (int k = TRIED - 1; k > i; k--)
			best[k] = best[k - 1];
		best[i] = (struct guess){ *s, t };
		return;
	}
}

/* The number of modules is counted, but counting may be wrong by a version or two: those that fit
 * best are tried. */
bool
qr_read_between(const struct bitmap *b, unsigned char dark, const struct finder *const three[SQUARES], struct buf *out)
{
	struct site s = { .b = b, .dark = dark };
	struct guess best[TRIED] = { { .timing = 0 } };
	double n = (modules_between(&s, three[0], three[1]) + modules_between(&s, three[0], three[2])) / 2 + CENTRE;
	int version = (int)lround((n - 17) / 4);
	bool outlined = outlines(&s, three);

	for (int v = version - GUESSES / 2; v <= version + GUESSES / 2; v++) {
		if (v < 1 || v > QR_VERSIONS)
			continue;
		s.side = (unsigned)(17 + 4 * v);
		s.outlined = outlined;
		if (outlined && plane_for(&s, three, NULL))
			keep_guess(best, &s);
		s.outlined = false;
		if (plane_flat(&s, three))
			keep_guess(best, &s);
	}
	for (int i = 0; i < TRIED; i++)
		if (best[i].timing && try_plane(&best[i].site, three, out))
			return true;
	return false;
}
