/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Address lists from any bytes: every slice is readable, text is local@domain. */
#include "message/addr.h"

#include <assert.h>

#include "message/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	uint64_t defects = 0;
	struct addr_list list;
	size_t sum = 0;

	lim.addresses = 100;
	list = addr_parse(pool, &lim, (struct str){ (const char *)data, n }, &defects);
	assert(list.n <= 100);
	for (size_t i = 0; i < list.n; i++) {
		const struct addr *a = &list.item[i];

		for (size_t j = 0; j < a->name.n; j++)
			sum += (unsigned char)a->name.p[j];
		assert(a->text.n == a->local.n + (a->domain.n ? a->domain.n + 1 : 0));
		assert(str_starts(a->text, a->local));
		assert(str_eq(str_from(a->text, a->text.n - a->domain.n), a->domain));
	}
	pool_free(&pool);
	return sum == SIZE_MAX ? -1 : 0;	/* the sum is only there to be computed */
}
