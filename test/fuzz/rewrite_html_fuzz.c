/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any document, all of its links led elsewhere or taken out: people see the same words, and doing it again
 * changes nothing. */
#include "link/rewrite.h"

#include <assert.h>

#include "message/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define GATE "https://go.example/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static const struct limits lim = { .html_tags = 500, .html_attrs = 50, .text_bytes = 1 << 20, .links = 1000 };

static const struct rewrite_row *
all(void *arg, struct str url, struct str base)
{
	struct rewrite_row *row = arg;

	(void)base;
	row->url = url;
	return str_starts(url, STR(GATE)) || str_starts(url, STR("about:blank")) ? NULL : row;
}

static void
apply(struct pool *pool, struct str in, const struct rewrite_how *how, struct buf *out, struct rewrite_done *done)
{
	struct vec ranges;

	rewrite_html(pool, &lim, in, how, &ranges, done);
	assert(edit_ranges_fit(&ranges, in.n));
	edit_ranges_apply(in, &ranges, out);
	assert(!out->full);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pool *pool = pool_new(0);
	struct rewrite_row row = { .action = REWRITE_TO, .with = STR(GATE) };
	struct rewrite_how how = { .find = all, .arg = &row, .words = STR("[a <link>]") };
	struct str in = { (const char *)data + 1, n ? n - 1 : 0 };
	struct rewrite_done done;
	struct buf once, before, after;
	uint64_t cut = 0;

	buf_init(&once, 256 << 20);
	buf_init(&before, 1 << 20);
	buf_init(&after, 1 << 20);
	if (n > 1 && n < 65536) {
		row.action = data[0] % REWRITE_N;
		apply(pool, in, &how, &once, &done);
		html_text(&lim, in, &before, &cut);
		html_text(&lim, buf_str(&once), &after, &cut);
		if (row.action == REWRITE_TO && !cut)
			assert(str_eq(buf_str(&before), buf_str(&after)));
		assert(row.action != REWRITE_LEAVE || done.changed == 0);
	}
	buf_clear(&once);
	buf_clear(&before);
	buf_clear(&after);
	pool_free(&pool);
	return 0;
}
