/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/suffix.h"

#include "test.h"

static const struct { const char *domain, *want; } cases[] = {
	{ "example.com", "example.com" }, { "a.b.example.com", "example.com" }, { "com", "" }, { "co.uk", "" },
	{ "example.co.uk", "example.co.uk" }, { "WWW.Example.CO.UK", "Example.CO.UK" },
	{ "user.github.io", "user.github.io" }, { "x.user.github.io", "user.github.io" }, { "github.io", "" },
	{ "a.b.kawasaki.jp", "a.b.kawasaki.jp" }, { "city.kawasaki.jp", "city.kawasaki.jp" },
	{ "x.city.kawasaki.jp", "city.kawasaki.jp" }, { "a.b.unknown-tld", "b.unknown-tld" },
	{ "www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn" }, { "", "" }, { ".", "" }, { "..", "" },
	{ "localhost", "" }, { "x..com", "x..com" },
};

int
main(void)
{
	struct suffixes *s = suffixes_new();
	char longest[300];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_str(suffixes_registered(s, str_of(cases[i].domain)), str_of(cases[i].want), cases[i].domain);
	test_str(suffixes_registered(NULL, STR("a.b.example.co.uk")), STR("example.co.uk"), "by the list that is built in");
	memset(longest, 'a', sizeof(longest));
	test_int((int64_t)suffixes_registered(s, (struct str){ longest, sizeof(longest) }).n, 0, "too long");
	test_int((int64_t)suffixes_registered(s, STR("a\0.example.com")).n, 0, "a NUL");
	suffixes_free(&s);
	test_ok(s == NULL, "freed");
	return test_done();
}
