/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as HTML: what is to be replaced lies in the document, and inside its tag; places come in
 * order, at most one anchor is open. */
#include "link/find_html.h"

#include <assert.h>

#include "link/find_css.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool
inside(struct str part, struct str whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void
places(struct pool *pool, struct str in, const struct html_places *found)
{
	const struct html_place *all = found->all.items;
	size_t open = 0;

	for (size_t i = 0; i < found->all.n; i++) {
		const struct html_place *p = &all[i];

		assert(p->where < LINK_IN_N && p->url.n > 0 && inside(p->raw, in));
		assert(inside(p->attr, in) && inside(p->tag, in) && inside(p->attr, p->tag));
		assert(p->raw.n == 0 || p->attr.n == 0 || inside(p->raw, p->attr));
		assert(!p->quote || p->attr.n == 0 || p->attr.p[p->attr.n - 1] == p->quote ||
		    p->attr.p + p->attr.n == p->tag.p + p->tag.n);
		assert(p->text.n <= LINK_TEXT_BYTES && (p->anchor || p->text.n == 0));
		if (!p->anchor)
			continue;
		assert(p->inside >= open && p->end >= p->inside && p->end <= in.n);
		open = p->end;
	}
	assert(pool_used(pool) < 1000 * in.n + 100000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct limits lim = { .html_tags = 500, .html_attrs = 50, .text_bytes = 1000, .links = 200 };
	struct str in = { (const char *)data, n }, css = in, url;
	struct pool *pool = pool_new(0);
	struct html_places found;
	struct buf shown;
	size_t at = 0;

	buf_init(&shown, 1000);
	find_html_places(pool, &lim, in, &shown, &found);
	places(pool, in, &found);
	while (find_css_next(&css, (n & 1) != 0, &url)) {
		assert(inside(url, in) && css.n < n - at);
		at = n - css.n;
	}
	buf_clear(&shown);
	pool_free(&pool);
	return 0;
}
