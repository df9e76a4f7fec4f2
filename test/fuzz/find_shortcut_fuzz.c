/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as each kind of shortcut. */
#include "link/find_shortcut.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct limits lim = { .html_tags = 500, .html_attrs = 50, .text_bytes = 1000, .links = 200, .report_bytes = 65536 };
	struct pool *pool = pool_new(0);
	struct str in = { (const char *)data, n };

	for (int kind = 0; kind < 3; kind++) {
		struct links *links = links_new(pool, &lim, NULL);

		if (kind == 0)
			find_ini(links, in, 0);
		else
			find_binary(links, kind == 1, in, 0);
		assert(links_all(links)->n <= 200);
	}
	pool_free(&pool);
	return 0;
}
