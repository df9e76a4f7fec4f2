/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Codes turned, tilted, shaded, several in a picture, one within another. */
#include "link/qr.h"

#include <math.h>

#include "link/qr_look.h"
#include "link/qr_make.h"
#include "test.h"

static const char url[] = "https://bad.example/login?x=1234";

struct seen {
	struct buf text;
	size_t n;
	bool stop;
};

static void
on_found(void *arg, struct str text)
{
	struct seen *s = arg;

	s->n++;
	buf_add(&s->text, text);
	buf_addc(&s->text, ' ');
}

static bool
on_late(void *arg)
{
	return ((struct seen *)arg)->stop;
}

struct scene {
	const char *name;
	double turn, tilt, module;	/* degrees, share, pixels */
	unsigned char dark, light;
	double shade, noise;		/* how much darker to the right; random */
	bool mirrored;
};

static unsigned
noise(unsigned *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 16 & 0x7fff;
}

/* Each pixel asks which module it shows. */
static void
paint(struct bitmap *b, struct qr_code *c, const struct scene *s, double cx, double cy)
{
	double a = s->turn * 3.14159265 / 180;
	unsigned state = 1;

	for (unsigned y = 0; y < b->height; y++)
		for (unsigned x = 0; x < b->width; x++) {
			double dx = x + 0.5 - cx, dy = y + 0.5 - cy;
			double w = 1 + s->tilt * dy / (s->module * c->side);
			double u = (dx * cos(a) + dy * sin(a)) / s->module / w + c->side / 2.0;
			double v = (-dx * sin(a) + dy * cos(a)) / s->module / w + c->side / 2.0;
			double gray = s->light;

			if (s->mirrored)
				u = c->side - u;
			if (u < -4 || v < -4 || u >= c->side + 4 || v >= c->side + 4)
				continue;
			if (u >= 0 && v >= 0 && u < c->side && v < c->side && *qr_at(c, (unsigned)u, (unsigned)v))
				gray = s->dark;
			gray = gray * (1 - s->shade * x / b->width) + s->noise * ((double)noise(&state) / 32768 - 0.5);
			b->px[(size_t)y * b->width + x] = (unsigned char)fmin(255, fmax(0, gray));
		}
}

static void
blank(struct bitmap *b, unsigned w, unsigned h, unsigned char gray)
{
	*b = (struct bitmap){ malloc((size_t)w * h), w, h };
	if (!b->px)
		abort();
	memset(b->px, gray, bitmap_bytes(b));
}

static void
scenes(void)
{
	static const struct scene rows[] = {
		{ "plain", 0, 0, 4, 0, 255, 0, 0, false },
		{ "three pixels a module", 0, 0, 3, 0, 255, 0, 0, false },
		{ "two pixels a module", 0, 0, 2, 0, 255, 0, 0, false },
		{ "one pixel a module", 0, 0, 1, 0, 255, 0, 0, false },
		{ "large", 0, 0, 24, 0, 255, 0, 0, false },
		{ "inverted", 0, 0, 4, 255, 0, 0, 0, false },
		{ "mirrored", 0, 0, 4, 0, 255, 0, 0, true },
		{ "faint", 0, 0, 5, 200, 240, 0, 0, false },
		{ "a quarter turn", 90, 0, 4, 0, 255, 0, 0, false },
		{ "turned by 15", 15, 0, 5, 0, 255, 0, 0, false },
		{ "turned by 45", 45, 0, 5, 0, 255, 0, 0, false },
		{ "turned by 200", 200, 0, 6, 0, 255, 0, 0, false },
		{ "tilted", 0, 0.25, 7, 0, 255, 0, 0, false },
		{ "tilted and turned", 20, 0.25, 7, 0, 255, 0, 0, false },
		{ "shaded", 0, 0, 6, 20, 250, 0.7, 0, false },
		{ "noisy", 10, 0, 7, 60, 200, 0, 120, false },
	};
	static struct qr_code c;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct scene *s = &rows[i];
		unsigned size = (unsigned)(s->module * 54) + 8;
		struct seen seen = { .n = 0 };
		struct qr_job job = { on_found, on_late, &seen };
		struct bitmap b;

		qr_make(&c, url);
		blank(&b, size, size, s->light);
		paint(&b, &c, s, size / 2.0, size / 2.0);
		buf_init(&seen.text, 4096);
		test_ok(qr_find(&b, &job), "went on to the end");
		test_ok(seen.n && str_starts(buf_str(&seen.text), STR("https://bad.example/login?x=1234 ")), s->name);
		buf_clear(&seen.text);
		free(b.px);
	}
}

/* Two beside each other, a third within the blank middle of nothing: all are told. */
static void
several(void)
{
	static const char *const urls[] = { "https://one.example/", "https://two.example/", "https://three.example/" };
	static const struct scene s = { "", 0, 0, 5, 0, 255, 0, 0, false };
	static struct qr_code c;
	struct seen seen = { .n = 0 };
	struct qr_job job = { on_found, on_late, &seen };
	struct bitmap b;

	blank(&b, 640, 220, 255);
	for (int i = 0; i < 3; i++) {
		qr_make(&c, urls[i]);
		paint(&b, &c, &s, 110 + 210 * i, 110);
	}
	buf_init(&seen.text, 4096);
	qr_find(&b, &job);
	for (int i = 0; i < 3; i++)
		test_ok(str_find(buf_str(&seen.text), str_of(urls[i])) != STR_NPOS, urls[i]);
	buf_reset(&seen.text);
	seen.n = 0;
	seen.stop = true;
	test_ok(!qr_find(&b, &job) && seen.n == 0, "stopped at once");
	buf_clear(&seen.text);
	free(b.px);
}

static void
planes(void)
{
	const struct point from[] = { { 0, 0 }, { 1, 0 }, { 0, 1 }, { 1, 1 } };
	const struct point to[] = { { 10, 10 }, { 110, 20 }, { 0, 90 }, { 130, 140 } };
	const struct point line[] = { { 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 4 } };
	struct plane p;
	double off = 0;

	test_ok(qr_plane(from, to, 4, &p), "four points make a plane");
	for (int i = 0; i < 4; i++) {
		struct point q = qr_project(&p, from[i].x, from[i].y);

		off = fmax(off, hypot(q.x - to[i].x, q.y - to[i].y));
	}
	test_ok(off < 1e-6, "each goes to its own");
	test_ok(!qr_plane(from, line, 4, &p) || !qr_plane(line, to, 4, &p), "points on a line make none");
}

int
main(void)
{
	scenes();
	several();
	planes();
	return test_done();
}
