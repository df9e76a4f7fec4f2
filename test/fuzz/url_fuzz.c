/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* URLs from any bytes: what comes out is ASCII and read again gives the same; wrappers come off whole; the
 * short way to read one gives what the whole one does.
 * The first byte says whether what is before the first NUL is the base. */
#include "link/unwrap.h"
#include "link/url_same.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		assert((unsigned char)s.p[i] >= 0x20 && (unsigned char)s.p[i] < 0x7f);
}

static void
again(struct pool *pool, const struct url *u)
{
	struct url v;
	enum rc rc = url_parse(pool, u->href, NULL, &v);

	/* Encoded it may be three times as long. */
	if (rc == RC_LIMIT)
		return;
	assert(rc == RC_OK);
	assert(str_eq(u->href, v.href) && str_eq(u->host, v.host) && str_eq(u->path, v.path));
	assert(u->port == v.port && u->host_kind == v.host_kind);
}

static void
take_off(struct pool *pool, const struct url *u)
{
	struct url inner;
	struct str by;
	size_t n = unwrap(pool, NULL, u, &inner, &by);

	assert(n <= UNWRAP_DEPTH && (n > 0) == (by.n > 0));
	if (n == 0)
		assert(str_eq(inner.href, u->href));
	else
		assert(url_is_web(&inner));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pool *pool = pool_new(0);
	struct str in = { (const char *)data, n };
	struct url base, u;
	bool based = n && (data[0] & 1), plain;
	size_t nul;

	in = str_from(in, 1);
	nul = str_chr(in, '\0');
	if (based && (nul == STR_NPOS || url_parse(pool, str_upto(in, nul), NULL, &base) != RC_OK))
		based = false;
	in = based ? str_from(in, nul + 1) : in;
	assert(url_ways_agree(pool, in, based ? &base : NULL, &plain));
	if (url_parse(pool, in, based ? &base : NULL, &u) == RC_OK) {
		is_ascii(u.href);
		again(pool, &u);
		assert(url_registered(u.host).n <= u.host.n);
		(void)url_tricks_text(pool, u.tricks);
		take_off(pool, &u);
	}
	pool_free(&pool);
	return 0;
}
