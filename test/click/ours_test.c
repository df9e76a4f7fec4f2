/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "click/ours.h"

#include "test.h"

#define TOKEN "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v"

int
main(void)
{
	static const struct { const char *click, *url, *want; } cases[] = {
		{ "https://go.example/l", "https://go.example/l/" TOKEN, TOKEN },
		{ "https://go.example/l", "http://go.example/l/" TOKEN "+", TOKEN },
		{ "https://go.example/l", "https://go.example/l/" TOKEN "?x", TOKEN },
		{ "https://go.example/l", "https://go.example/l/" TOKEN "/x#y", TOKEN },
		{ "https://GO.example:443/l", "https://go.example/l/" TOKEN, TOKEN },
		{ "https://日本.example", "https://xn--wgv71a.example/" TOKEN, TOKEN },
		{ "https://go.example/l", "https://go.example/l/logo.svg", "" },
		{ "https://go.example/l", "https://go.example/l/", "" },
		{ "https://go.example/l", "https://go.example/l", "" },
		{ "https://go.example/l", "https://go.example/lx/" TOKEN, "" },
		{ "https://go.example/l", "https://go.example.bad.example/l/" TOKEN, "" },
		{ "https://go.example/l", "https://bad.example/?go.example/l/" TOKEN, "" },
		{ "https://go.example/l", "go.example/l/" TOKEN, "" },
		{ "https://go.example/l", "", "" },
		{ "", "https://go.example/l/" TOKEN, "" },
	};
	struct pool *pool = pool_new(0);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_str(ours_token(ours_prefix(pool, str_of(cases[i].click)), str_of(cases[i].url)), str_of(cases[i].want),
		    cases[i].url);
	pool_free(&pool);
	return test_done();
}
