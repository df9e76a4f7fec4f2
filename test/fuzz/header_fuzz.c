/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Header blocks, parameters and encoded words from any bytes: every slice lies inside
 * its memory (AddressSanitizer reads them all) and limits hold. */
#include "message/header.h"

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

static size_t
one_value(struct pool *pool, const struct limits *lim, struct str value)
{
	const struct mime_param *params;
	uint64_t defects = 0;
	size_t n, sum = touch(header_params(pool, lim, value, &params, &n, &defects));

	for (size_t i = 0; i < n; i++)
		sum += touch(params[i].name) + touch(params[i].value);
	return sum + touch(header_text(pool, lim, value, &defects)) + touch(header_unfold(pool, value)) +
	    touch(header_token(pool, lim, value));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct str in = { (const char *)data, n };
	size_t sum = 0;

	for (unsigned how = 0; how < 16; how++) {
		struct header_block h = header_read_as(pool, &lim, in, 0, &(struct header_reading){ .how = how });

		assert(h.body <= n && h.n <= 2 * (size_t)lim.header_fields);
		for (size_t i = 0; i < h.n; i++) {
			assert(h.fields[i].off < h.fields[i].end && h.fields[i].end <= h.body);
			sum += touch(h.fields[i].name) + touch(h.fields[i].value);
			if (how == 0 && i < 8)
				sum += one_value(pool, &lim, h.fields[i].value);
		}
	}
	sum += one_value(pool, &lim, in);
	pool_free(&pool);
	return sum == SIZE_MAX ? -1 : 0;	/* the sum is only there to be computed */
}
