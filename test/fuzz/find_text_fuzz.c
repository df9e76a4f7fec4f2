/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as text: links come in order and do not overlap, and what is reported as its URL has a
 * scheme and neither blanks nor line ends. */
#include "link/find_text.h"
#include "link/text_wrap.h"

#include <assert.h>

#include "base/ascii.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct seen {
	struct str in;
	const char *last;
	struct pool *pool;
	size_t floor;
};

/* Together the readings over line ends are no longer than the text and what stands in front of each. */
static void
wrapped(struct seen *s, const struct text_place *p)
{
	size_t floor = s->floor;
	struct str url;

	if (!text_wrap(s->pool, s->in, p, &s->floor, &url))
		return;
	assert(s->floor > floor && s->floor <= s->in.n && url.n > p->url.n && url.n <= p->url.n + s->floor - floor);
	for (size_t i = 0; i < url.n; i++)
		assert((unsigned char)url.p[i] > ' ');
}

static void
one(void *arg, const struct text_place *p)
{
	struct seen *s = arg;

	assert(p->raw.n > 0 && p->raw.p >= s->last && p->raw.p + p->raw.n <= s->in.p + s->in.n);
	assert(p->raw.n <= TEXT_URL_BYTES + 4);
	s->last = p->raw.p + p->raw.n;
	assert(str_chr(p->url, ':') != STR_NPOS);
	for (size_t i = 0; i < p->url.n; i++)
		assert((unsigned char)p->url.p[i] > ' ');
	wrapped(s, p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data + (n > 0), n - (n > 0) };
	struct text_how how = { .schemes_only = n && data[0] & 1, .joins_lines = n && data[0] & 2 };
	struct pool *pool = pool_new(0);
	struct seen s = { in, in.p, pool, 0 };

	find_text_each(pool, &how, in, one, &s);
	assert(pool_used(pool) < 100 * n + 10000);
	pool_free(&pool);
	return 0;
}
