/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as a PDF document: what is given can be read, streams and pages end at their limits. */
#include "engine/pdf.h"

#include <assert.h>

#include "base/clock.h"
#include "conf/limits_opts.h"
#include "link/find_pdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { PIXELS = 100 * 100, PAGES = 3 };

struct seen {
	struct links *links;
	unsigned pages, sum;
};

static void
on_text(void *arg, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		((struct seen *)arg)->sum += (unsigned char)s.p[i];
}

static void
on_object(void *arg, struct str s)
{
	find_pdf(((struct seen *)arg)->links, s, 0);
}

static bool
on_page(void *arg, const struct bitmap *b)
{
	struct seen *s = arg;

	assert(++s->pages <= PAGES);
	on_text(arg, (struct str){ (const char *)b->px, bitmap_bytes(b) });
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pdf_limits lim = { .pages = PAGES, .pixels = PIXELS, .deadline_ms = clock_mono_ms() + 3000 };
	struct str in = { (const char *)data, n };
	struct pool *pool = pool_new(0);
	struct limits all;
	struct seen s = { NULL, 0, 0 };
	const struct pdf_sink sink = { on_text, on_text, on_page, on_object, &s };

	limits_default(&all);
	s.links = links_new(pool, &all, NULL);
	(void)!pdf_objects(in, &lim, &sink);
	(void)!pdf_pages(in, &lim, &sink);
	pool_free(&pool);
	return 0;
}
