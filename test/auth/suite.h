/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* suite.h - what the tests of signatures share: mails with CRLF, keys from text
 *
 * Input    texts with LF, "name: record" lists of YAML
 * Units    none
 * Limits   none: test data
 * Memory   in `pool`
 * Errors   none
 * Threads  none
 * Source   none
 */
#ifndef TEST_AUTH_SUITE_H
#define TEST_AUTH_SUITE_H

#include "auth/dkim.h"
#include "auth/yaml.h"

enum { SUITE_MAIL = 1024 * 1024 };

__attribute__((unused)) static struct str
suite_crlf(struct pool *pool, struct str in)
{
	struct buf b;
	struct str out;

	buf_init(&b, SUITE_MAIL);
	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '\n' && (i == 0 || in.p[i - 1] != '\r'))
			buf_addc(&b, '\r');
		buf_addc(&b, in.p[i]);
	}
	out = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

/* One more key with one record. */
__attribute__((unused)) static void
suite_key(struct pool *pool, struct vec *keys, struct str name, struct str record)
{
	struct auth_key *k = vec_push(pool, keys, sizeof(*k));
	struct str *text = pool_alloc(pool, sizeof(*text));

	*text = pool_str(pool, record);
	*k = (struct auth_key){ .name = pool_lower(pool, name), .state = AUTH_KEY_FOUND, .text = text, .n = 1 };
}

#endif
