/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as HTML: tokens cover the input without a gap, attributes lie in their tag,
 * text stays UTF-8 when the document is. */
#include "message/html.h"

#include <assert.h>

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
attributes(const struct html_token *t)
{
	struct str rest = t->attrs;
	struct html_attr a;
	const char *end = t->raw.p + t->raw.n, *last = t->raw.p;

	while (html_attr_next(&rest, &a)) {
		assert(a.name.n > 0 && a.name.p >= last && a.name.p + a.name.n <= end);
		assert(!a.value.p || (a.value.p >= a.name.p + a.name.n && a.value.p + a.value.n <= end));
		last = a.name.p + a.name.n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct limits lim = { .html_tags = 500, .html_attrs = 50, .text_bytes = 1000 };
	struct str in = { (const char *)data, n };
	struct html h;
	struct html_token t;
	struct buf out;
	uint64_t defects = 0;
	size_t sum = 0;

	html_init(&h, &lim, in);
	while (html_next(&h, &t)) {
		assert(t.raw.n > 0 && t.raw.p == in.p + sum);
		sum += t.raw.n;
		if (t.kind == HTML_START || t.kind == HTML_END)
			attributes(&t);
	}
	assert(sum == n || h.defects);
	buf_init(&out, 4 * n + 10);
	html_text(&lim, in, &out, &defects);
	assert(out.n <= 1000);
	buf_reset(&out);
	html_unescape(in, &out);
	assert(!out.full && (!utf8_is_valid(in) || utf8_is_valid(buf_str(&out))));
	buf_reset(&out);
	html_unescape_attr(in, &out);
	assert(!out.full);
	buf_clear(&out);
	return 0;
}
