/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as each kind of Office document: the links can be read and stay within the limit. */
#include "link/find_office.h"

#include <assert.h>

#include "conf/limits_opts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };

	for (int kind = OFFICE_NO; kind <= OFFICE_RTF; kind++) {
		struct pool *pool = pool_new(0);
		struct limits lim;
		struct links *l;

		limits_default(&lim);
		lim.links = 50;
		l = links_new(pool, &lim, NULL);
		find_office(l, kind == OFFICE_NO ? office_kind(in) : (enum office_kind)kind, in, 0);
		assert(links_all(l)->n <= 50);
		pool_free(&pool);
	}
	return 0;
}
