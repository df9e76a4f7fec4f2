/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* URLs from any bytes: what comes out is ASCII and read again gives the same, and so does the form that lists have it in;
 * wrappers come off whole; the short way to read one gives what the whole one does.
 * The first byte says whether what is before the first NUL is the base. */
#include "link/unwrap.h"
#include "link/url_key.h"
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

/* Every form is a piece of the key that begins with a host and is found under itself. */
static void
listed(struct pool *pool, const struct url *u)
{
	struct str form[URL_KEY_FORMS];
	struct url_key k, l;
	struct url v;
	size_t n;

	url_key(pool, u, &k);
	n = url_key_forms(&k, form);
	is_ascii(k.text);
	assert(n > 0 && n <= URL_KEY_FORMS && str_eq(form[0], k.text));
	for (size_t i = 0; i < n; i++)
		assert(form[i].p >= k.text.p && form[i].p + form[i].n <= k.text.p + k.text.n);
	/* "2.." is no address, "2" is one. */
	if (url_parse(pool, pool_printf(pool, "http://%.*s", STR_ARG(k.text)), NULL, &v) != RC_OK ||
	    v.host_kind != URL_DOMAIN)
		return;
	url_key(pool, &v, &l);
	assert(str_eq(l.text, k.text));
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
		if (url_is_web(&u))
			listed(pool, &u);
	}
	pool_free(&pool);
	return 0;
}
