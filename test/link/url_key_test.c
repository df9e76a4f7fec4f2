/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/url_key.h"

#include "base/buf.h"
#include "test.h"

static struct pool *pool;

static bool
key_of(const char *url, struct url_key *k)
{
	struct url u;

	if (url_parse(pool, str_of(url), NULL, &u) != RC_OK)
		return false;
	url_key(pool, &u, k);
	return true;
}

static const struct {
	const char *url, *want;
} keys[] = {
	{ "http://Bad.Example", "bad.example" },
	{ "https://bad.example/", "bad.example" },
	{ "https://user:secret@bad.example:8443/a/", "bad.example/a" },
	{ "http://bad.example./a", "bad.example/a" },
	{ "http://../a", "./a" },
	{ "http://bad.example/A/b", "bad.example/A/b" },
	{ "http://bad.example//a///b//", "bad.example/a/b" },
	{ "http://bad.example/a/./b/../c", "bad.example/a/c" },
	{ "http://bad.example/%2e%2e/%2E/a/%2e%2e/../../b", "bad.example/b" },
	{ "http://bad.example/%61%2Fb", "bad.example/a/b" },
	{ "http://bad.example/%25%36%31", "bad.example/a" },
	{ "http://bad.example/%2525252561", "bad.example/a" },
	{ "http://bad.example/%%32%35%36%31", "bad.example/a" },
	{ "http://bad.example/100%", "bad.example/100%25" },
	{ "http://bad.example/a%3fb", "bad.example/a%3Fb" },
	{ "http://bad.example/a%23b", "bad.example/a%23b" },
	{ "http://bad.example/a\\b%5cc", "bad.example/a/b%5Cc" },
	{ "http://bad.example/a b\xc3\xa9", "bad.example/a%20b%C3%A9" },
	{ "http://bad.example/a%00b", "bad.example/a%00b" },
	{ "http://bad.example/a/?", "bad.example/a" },
	{ "http://bad.example/a/?x=/../%26y", "bad.example/a?x=/../&y" },
	{ "http://bad.example/#/a", "bad.example#/a" },
	{ "http://bad.example/?q#f", "bad.example?q#f" },
	{ "http://3221226063/a", "192.0.2.79/a" },
	{ "http://[::ffff:192.0.2.79]/a", "192.0.2.79/a" },
	{ "http://[2001:DB8:0::1]:81/a", "2001:db8::1/a" },
};

static void
canonical(void)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct url_key k;

		if (test_ok(key_of(keys[i].url, &k), keys[i].url))
			test_str(k.text, str_of(keys[i].want), keys[i].url);
	}
}

static const struct {
	const char *url, *want;
} forms[] = {
	{ "http://bad.example/", "bad.example" },
	{ "http://www.bad.example/a/b.html?c=d#e", "www.bad.example/a/b.html?c=d#e www.bad.example/a/b.html?c=d www.bad.example/a/b.html "
	  "www.bad.example/a www.bad.example bad.example/a/b.html?c=d#e bad.example/a/b.html?c=d bad.example/a/b.html bad.example/a bad.example" },
	{ "http://bad.example/?q", "bad.example?q bad.example" },
	{ "http://192.0.2.1/a", "192.0.2.1/a 192.0.2.1" },
	{ "http://[2001:db8::1]/", "2001:db8::1" },
	{ "http://a.b.c.d.e.f.example/", "a.b.c.d.e.f.example c.d.e.f.example d.e.f.example e.f.example f.example" },
	{ "http://c.d.e.f.example/", "c.d.e.f.example d.e.f.example e.f.example f.example" },
	{ "http://host/", "host" },
	{ "http://b.example/1/2/3/4/5/6/7/8/9/x", "b.example/1/2/3/4/5/6/7/8/9/x b.example/1/2/3/4/5/6/7 b.example/1/2/3/4/5/6 "
	  "b.example/1/2/3/4/5 b.example/1/2/3/4 b.example/1/2/3 b.example/1/2 b.example/1 b.example" },
};

static void
found_under(void)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct str form[URL_KEY_FORMS];
		struct url_key k;
		struct buf all;
		size_t n;

		buf_init(&all, 4096);
		n = key_of(forms[i].url, &k) ? url_key_forms(&k, form) : 0;
		for (size_t f = 0; f < n; f++)
			buf_printf(&all, "%s%.*s", f ? " " : "", STR_ARG(form[f]));
		test_str(buf_str(&all), str_of(forms[i].want), forms[i].url);
		buf_clear(&all);
	}
}

/* The most that a URL can be asked under, and no form of it outside the key. */
static void
limits(void)
{
	struct str form[URL_KEY_FORMS];
	struct url_key k;
	struct buf url;
	bool inside = true;
	size_t n;

	buf_init(&url, URL_BYTES);
	buf_adds(&url, "http://a.b.c.d.e.f.g.example");
	for (int i = 0; i < 8000; i++)
		buf_adds(&url, "/x%2");
	buf_adds(&url, "?q#f");
	if (test_ok(key_of(buf_cstr(&url), &k), "a long one")) {
		n = url_key_forms(&k, form);
		test_int((int64_t)n, URL_KEY_FORMS, "as many as there may be");
		for (size_t i = 0; i < n; i++)
			inside = inside && form[i].p >= k.text.p && form[i].p + form[i].n <= k.text.p + k.text.n;
		test_ok(inside, "all within it");
	}
	buf_clear(&url);
}

int
main(void)
{
	pool = pool_new(0);
	canonical();
	found_under();
	limits();
	pool_free(&pool);
	return test_done();
}
