/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Planes in perspective: some points and where they went tell where all others went. More than four
 * are weighed against each other (least squares). */
#include <math.h>

#include "link/qr_look.h"

enum { UNKNOWNS = 8 };

/* Gauss with pivots; the right side is the last column. */
static bool
solve(double m[UNKNOWNS][UNKNOWNS + 1])
{
	for (int col = 0; col < UNKNOWNS; col++) {
		int best = col;

		for (int r = col + 1; r < UNKNOWNS; r++)
			if (fabs(m[r][col]) > fabs(m[best][col]))
				best = r;
		if (fabs(m[best][col]) < 1e-9)
			return false;
		for (int k = 0; k <= UNKNOWNS; k++) {
			double t = m[col][k];

			m[col][k] = m[best][k];
			m[best][k] = t;
		}
		for (int r = 0; r < UNKNOWNS; r++) {
			double f = m[r][col] / m[col][col];

			for (int k = col; r != col && k <= UNKNOWNS; k++)
				m[r][k] -= f * m[col][k];
		}
	}
	return true;
}

static void
middle(const struct point *p, size_t n, struct point *mid, double *half)
{
	struct point low = p[0], high = p[0];

	for (size_t i = 1; i < n; i++) {
		low = (struct point){ fmin(low.x, p[i].x), fmin(low.y, p[i].y) };
		high = (struct point){ fmax(high.x, p[i].x), fmax(high.y, p[i].y) };
	}
	*mid = (struct point){ (low.x + high.x) / 2, (low.y + high.y) / 2 };
	*half = fmax(1, fmax(high.x - low.x, high.y - low.y) / 2);
}

/* One equation, into the normal equations. */
static void
weigh(double m[UNKNOWNS][UNKNOWNS + 1], const double row[UNKNOWNS + 1])
{
	for (int i = 0; i < UNKNOWNS; i++)
		for (int k = 0; k <= UNKNOWNS; k++)
			m[i][k] += row[i] * row[k];
}

bool
qr_plane(const struct point *from, const struct point *to, size_t n, struct plane *out)
{
	double m[UNKNOWNS][UNKNOWNS + 1] = { { 0 } };

	middle(from, n, &out->from, &out->from_half);
	middle(to, n, &out->to, &out->to_half);
	for (size_t i = 0; i < n; i++) {
		double u = (from[i].x - out->from.x) / out->from_half, v = (from[i].y - out->from.y) / out->from_half;
		double x = (to[i].x - out->to.x) / out->to_half, y = (to[i].y - out->to.y) / out->to_half;

		weigh(m, (const double[]){ u, v, 1, 0, 0, 0, -u * x, -v * x, x });
		weigh(m, (const double[]){ 0, 0, 0, u, v, 1, -u * y, -v * y, y });
	}
	if (!solve(m))
		return false;
	for (int i = 0; i < UNKNOWNS; i++)
		out->c[i] = m[i][UNKNOWNS] / m[i][i];
	return true;
}

struct point
qr_project(const struct plane *p, double x, double y)
{
	const double *c = p->c;
	double u = (x - p->from.x) / p->from_half, v = (y - p->from.y) / p->from_half;
	double w = c[6] * u + c[7] * v + 1;

	if (fabs(w) < 1e-9)
		return (struct point){ -1, -1 };
	return (struct point){ (c[0] * u + c[1] * v + c[2]) / w * p->to_half + p->to.x,
		(c[3] * u + c[4] * v + c[5]) / w * p->to_half + p->to.y };
}
