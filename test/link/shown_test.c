/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/shown.h"

#include "test.h"

static const struct {
	const char *text, *url, *want;
} cases[] = {
	{ "www.bank.example.com", "https://evil.example.net/", "www.bank.example.com" },
	{ " HTTPS://Bank.example.com/login ", "https://evil.example.net/", "bank.example.com" },
	{ "bank.example.com", "https://www.example.com/", "" },
	{ "Click here", "https://evil.example.net/", "" },
	{ "report.pdf", "https://evil.example.net/", "" },
	{ "boss@bank.example.com", "https://evil.example.net/", "" },
	{ "bank", "https://evil.example.net/", "" },
	{ "", "https://evil.example.net/", "" },
	{ "example.org", "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2F", "" },
	{ "facebook.com", "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2F", "" },
	{ "example.net", "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2F", "example.net" },
};

int
main(void)
{
	struct limits lim;

	limits_default(&lim);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pool *pool = pool_new(0);
		struct links *links = links_new(pool, &lim, NULL);
		struct link_found f = { .url = str_of(cases[i].url), .text = str_of(cases[i].text), .where = LINK_IN_HREF };
		const struct link *l;

		if (test_ok(links_add(links, &f), "a link")) {
			l = links_all(links)->items;
			test_str(shown_elsewhere(pool, l), str_of(cases[i].want), cases[i].text);
		}
		pool_free(&pool);
	}
	return test_done();
}
