/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* url_bench: what one URL costs: read, wrapped in each of a few ways, its registered domain, its look-alikes; and one
 * picture looked through for QR codes. By CPU time, the median of some rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "link/lookalike.h"
#include "link/qr.h"
#include "link/qr_make.h"
#include "link/unwrap.h"

enum { ROUNDS = 9, CALLS = 20000, PICTURES = 3, CLEAR_EVERY = 64 };

static struct pool *pool;
static size_t good;

static void
read_it(struct str in)
{
	struct url u;

	good += url_parse(pool, in, NULL, &u) == RC_OK;
}

static void
take_off(struct str in)
{
	struct url u, inner;
	struct str by;

	if (url_parse(pool, in, NULL, &u) == RC_OK)
		good += unwrap(pool, NULL, &u, &inner, &by) > 0;
}

static void
leave_on(struct str in)
{
	struct url u, inner;
	struct str by;

	if (url_parse(pool, in, NULL, &u) == RC_OK)
		good += unwrap(pool, NULL, &u, &inner, &by) == 0;
}

static void
registered(struct str in)
{
	good += url_registered(in).n < in.n;
}

static void
lookalike(struct str in)
{
	struct str of;

	good += lookalike_find(pool, in, NULL, 0, &of) == LOOKALIKE_NONE;
}

static const struct row {
	const char *name;
	void (*run)(struct str);
	const char *in;
} rows[] = {
	{ "read, plain", read_it, "https://click.news3.example/u/?qs=0123456789abcdef&utm_source=mail&utm_medium=letter" },
	{ "read, capitals in the host", read_it, "https://Click.News3.Example/u/?qs=0123456789abcdef&utm_source=mail" },
	{ "read, a port and steps", read_it, "https://click.news3.example:8443/u/../v?qs=0123456789abcdef&utm_source=mail" },
	{ "read, an IDN host", read_it, "https://\xe9\x96\xa2\xe5\xae\x88.example/u/?qs=0123456789abcdef" },
	{ "read, an address in disguise", read_it, "http://0300.0.0x2.66/u/?qs=0123456789abcdef" },
	{ "unwrap, not wrapped", leave_on, "https://click.news3.example/u/?qs=0123456789abcdef&utm_source=mail" },
	{ "unwrap, safelinks", take_off, "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.example.com%2Fx"
	    "%3Fa%3Db&data=05%7C01%7C&sdata=abc%3D&reserved=0" },
	{ "unwrap, proofpoint2", take_off, "https://urldefense.proofpoint.com/v2/url?u=https-3A__www.example.com_x-3Fa-3Db&d=DwMFaQ&c=x" },
	{ "unwrap, proofpoint3", take_off, "https://urldefense.com/v3/__https://www.example.com/x*a__;Iw!!AbC!dEfGh$" },
	{ "unwrap, google around safelinks", take_off, "https://www.google.com/url?q=https%3A%2F%2Feur01.safelinks.protection.outlook."
	    "com%2F%3Furl%3Dhttps%253A%252F%252Fwww.example.com%252Fx" },
	{ "registered domain", registered, "www.mail.example.co.jp" },
	{ "look-alikes", lookalike, "www.mail.example.co.jp" },
};

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
measure(const struct row *row)
{
	struct str in = str_of(row->in);
	int64_t ns[ROUNDS];

	good = 0;
	for (int r = 0; r < ROUNDS; r++) {
		int64_t start = cpu_ns();

		for (size_t i = 0; i < CALLS; i++) {
			row->run(in);
			if (i % CLEAR_EVERY == 0)
				pool_clear(pool);
		}
		ns[r] = (cpu_ns() - start) / CALLS;
	}
	qsort(ns, ROUNDS, sizeof(ns[0]), by_size);
	printf("url:   %-34s %7lld ns, %9.0f a CPU second%s\n", row->name, (long long)ns[ROUNDS / 2],
	    1e9 / (double)(ns[ROUNDS / 2] ? ns[ROUNDS / 2] : 1), good == (size_t)CALLS * ROUNDS ? "" : "  WRONG RESULT");
}

/* --- pictures --- */

static void
count(void *arg, struct str text)
{
	*(size_t *)arg += text.n > 0;
}

static bool
not_late(void *arg)
{
	(void)arg;
	return false;
}

/* A code of `module` pixels in the middle of something like a photograph: gray that changes slowly, with noise. */
static void
picture(unsigned side, unsigned module, unsigned noise)
{
	struct bitmap b = { malloc((size_t)side * side), side, side };
	struct qr_code c;
	size_t found = 0;
	const struct qr_job job = { count, not_late, &found };
	uint32_t seed = 1;
	int64_t ns[PICTURES];

	if (!b.px || !qr_make(&c, "https://www.example.com/login?id=1234567"))
		abort();
	for (size_t i = 0; i < bitmap_bytes(&b); i++) {
		seed = seed * 1664525u + 1013904223u;
		b.px[i] = (unsigned char)(120 + (i % side) * 100 / side + (noise ? seed >> 24 : 0) * noise / 256);
	}
	for (unsigned y = 0; module && y < (c.side + 8) * module; y++)
		for (unsigned x = 0; x < (c.side + 8) * module; x++) {
			unsigned cx = x / module, cy = y / module;
			bool in = cx >= 4 && cy >= 4 && cx < c.side + 4 && cy < c.side + 4;

			b.px[(size_t)(y + side / 4) * side + x + side / 4] = in && *qr_at(&c, cx - 4, cy - 4) ? 20 : 240;
		}
	for (int i = 0; i < PICTURES; i++) {
		int64_t start = cpu_ns();

		(void)qr_find(&b, &job);
		ns[i] = cpu_ns() - start;
	}
	qsort(ns, PICTURES, sizeof(ns[0]), by_size);
	printf("QR:    %4u x %-4u pixels, %-28s %8.2f ms, %6.1f Mpixel a CPU second, %s\n", side, side,
	    module ? noise ? "a code among noise" : "a code" : noise ? "noise alone" : "nothing",
	    (double)ns[PICTURES / 2] / 1e6, (double)bitmap_bytes(&b) * 1e3 / (double)ns[PICTURES / 2], found ? "found" : "none found");
	free(b.px);
}

int
main(void)
{
	pool = pool_new(0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		measure(&rows[i]);
	picture(300, 4, 0);
	picture(1000, 8, 0);
	picture(1000, 8, 60);
	picture(1000, 0, 0);
	picture(1000, 0, 60);
	picture(2000, 8, 30);
	pool_free(&pool);
	return 0;
}
