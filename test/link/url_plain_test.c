/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/link/url_plain.c: what the short way takes it reads as the whole one does, with any byte anywhere */
#include "link/url_same.h"

#include "test.h"

enum { BYTES = 256, LONGEST = 128 };

static struct pool *pool;

static void
taken(void)
{
	static const struct { const char *in; bool taken; } rows[] = {
		{ "http://a.example/", true },
		{ "https://www.a-b.example/c/d.html?e=f&g=%20#h", true },
		{ "https://a.example", true },
		{ "https://a.example?q", true },
		{ "https://a.example#f", true },
		{ "https://a.example/?", true },
		{ "https://a.example/#", true },
		{ "https://a.example./x", true },
		{ "https://1.a2.example/x%2e", true },
		{ "HTTP://a.example/", false },
		{ "http:/a.example/", false },
		{ "http:///a.example/", false },
		{ "http://A.example/", false },
		{ "http://a.example:80/", false },
		{ "http://u@a.example/", false },
		{ "http://192.0.2.1/", false },
		{ "http://a.0x7f/", false },
		{ "http://xn--39sz56k.example/", false },
		{ "http://a.xn--39sz56k/", false },
		{ "http://https/", false },
		{ "http://a.example/x/../y", false },
		{ "http://a.example/%2E%2e/y", false },
		{ "http://a.example/x y", false },
		{ "http://a.example/?'", false },
		{ " http://a.example/", false },
		{ "ftp://a.example/", false },
		{ "//a.example/", false },
		{ "http://", false },
		{ "", false },
	};
	bool got;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		test_ok(url_ways_agree(pool, str_of(rows[i].in), NULL, &got), rows[i].in);
		test_int(got, rows[i].taken, rows[i].in);
	}
}

/* Each byte in place of each, and between each two. */
static void
any_byte(const char *url)
{
	size_t n = strlen(url), wrong = 0, both = 0;
	char in[LONGEST];
	bool took;

	for (size_t at = 0; at <= n; at++) {
		for (size_t c = 0; c < BYTES; c++) {
			memcpy(in, url, at);
			in[at] = (char)c;
			memcpy(in + at + 1, url + at, n - at);
			wrong += !url_ways_agree(pool, (struct str){ in, n + 1 }, NULL, &took);
			both += took;
			memcpy(in, url, n);
			in[at] = (char)c;
			wrong += !url_ways_agree(pool, (struct str){ in, at < n ? n : n + 1 }, NULL, &took);
			both += took;
		}
		pool_clear(pool);
	}
	printf("# %zu taken by both ways\n", both);
	test_int((int64_t)wrong, 0, url);
	test_ok(both > 0, "some of them are taken");
}

static void
with_base(void)
{
	struct url base;
	bool took;

	if (!test_ok(url_any(pool, STR("http://u:p@b.test:81/x/y?q#f"), NULL, &base) == RC_OK, "a base"))
		return;
	test_ok(url_ways_agree(pool, STR("http://a.example/z"), &base, &took) && took, "the base does not matter");
	test_ok(url_ways_agree(pool, STR("http:z"), &base, &took) && !took, "here it does");
}

int
main(void)
{
	pool = pool_new(0);
	taken();
	any_byte("http://a-b.example/c/d.e?f=g&h=i#j");
	any_byte("https://a.b1?c#d");
	any_byte("http://x.y/%2e/./z");
	any_byte("http://xn-a.n");
	with_base();
	pool_free(&pool);
	return test_done();
}
