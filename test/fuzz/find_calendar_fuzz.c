/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as an appointment or a visiting card. */
#include "link/find_calendar.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct limits lim = { .html_tags = 500, .html_attrs = 50, .text_bytes = 1000, .links = 200, .report_bytes = 65536 };
	struct pool *pool = pool_new(0);
	struct links *links = links_new(pool, &lim, NULL);
	const struct link *all;

	find_calendar(links, (struct str){ (const char *)data, n }, 3, n & 1 ? LINK_IN_CALENDAR : LINK_IN_CONTACT);
	all = links_all(links)->items;
	assert(links_all(links)->n <= 200);
	for (size_t i = 0; i < links_all(links)->n; i++)
		assert(all[i].part == 3 && all[i].url.n > 0 && all[i].where < LINK_IN_N && all[i].text.n <= LINK_TEXT_BYTES);
	pool_free(&pool);
	return 0;
}
