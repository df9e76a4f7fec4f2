/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any message: its page is UTF-8, fits, and has no tag and no attribute but ours. */
#include "message/preview.h"

#include <assert.h>

#include "message/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct buf page;

	lim.mime_depth = 6;
	lim.mime_parts = 60;
	lim.decoded_bytes = 1 << 20;
	lim.html_tags = 10000;
	lim.html_attrs = 100;
	lim.text_bytes = 1 << 20;
	preview_page(pool, &lim, mime_parse(pool, &lim, (struct str){ (const char *)data, n }), &page);
	assert(!page.full && page.n <= PREVIEW_BYTES);
	assert(preview_is_inert(buf_str(&page)));
	buf_clear(&page);
	pool_free(&pool);
	return 0;
}
