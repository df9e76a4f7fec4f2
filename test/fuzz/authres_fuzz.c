/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Authentication-Results from any bytes: every slice lies inside its memory (AddressSanitizer reads
 * them all), limits hold, and nobody is both without an id and somebody else. */
#include "message/authres.h"

#include <assert.h>

#include "message/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static size_t
touch(struct str s)
{
	size_t sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum += (unsigned char)s.p[i];
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct str in = { (const char *)data, n };
	struct authres a;
	size_t sum;

	authres_parse(pool, in, &a);
	assert(a.n <= AUTHRES_RESULTS && (!a.bad_id || (a.bad && a.n == 0)));
	sum = touch(a.id);
	for (size_t i = 0; i < a.n; i++) {
		const struct authres_result *r = &a.results[i];

		assert(r->n_props <= AUTHRES_PROPS && r->method.n && r->result.n);
		sum += touch(r->method) + touch(r->result) + touch(r->reason);
		for (size_t j = 0; j < r->n_props; j++)
			sum += touch(r->props[j].ptype) + touch(r->props[j].name) + touch(r->props[j].value);
	}
	if (!a.bad_id)
		assert(authres_is_of(pool, &lim, in, a.id));
	sum += authres_is_of(pool, &lim, in, STR("mx.corp.example"));
	pool_free(&pool);
	return sum == SIZE_MAX ? -1 : 0;	/* the sum is only there to be computed */
}
