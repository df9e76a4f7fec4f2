/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as a Received field: slices lie in the input, an address is one, and a name is only told
 * beside an address. */
#include "message/received.h"

#include <assert.h>
#include <stdlib.h>

#include "base/ip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
inside(struct str part, struct str whole)
{
	assert(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pool *pool = pool_new(0);
	struct limits lim;
	struct received r;
	struct str in = { (const char *)data, n };
	struct ip ip;

	limits_default(&lim);
	received_parse(pool, &lim, in, &r);
	inside(r.helo, in);
	inside(r.name, in);
	inside(r.by, in);
	inside(r.with, in);
	assert(r.addr.n == 0 || (r.from && ip_parse(r.addr, &ip)));
	assert(r.name.n == 0 || r.addr.n > 0);
	pool_free(&pool);
	return 0;
}
