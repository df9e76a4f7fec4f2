/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/lookalike.h"

#include "test.h"

int
main(void)
{
	static const struct { const char *host, *how, *of; } cases[] = {
		{ "www.amazon.co.jp", "none", "" },
		{ "amazon.de", "none", "" },
		{ "amaz0n.co.jp", "letters", "amazon.co.jp" },
		{ "www.arnazon.top", "letters", "amazon.co.jp" },
		{ "amazon.co.jp.bad.top", "inside", "amazon.co.jp" },
		{ "login.rakuten.co.jp.bad.example", "inside", "rakuten.co.jp" },
		{ "xamazon.co.jp.bad.top", "none", "" },
		{ "rakutem.co.jp", "slip", "rakuten.co.jp" },
		{ "rakuetn.co.jp", "slip", "rakuten.co.jp" },
		{ "rakutn.xyz", "slip", "rakuten.co.jp" },
		{ "rakutten.xyz", "slip", "rakuten.co.jp" },
		{ "raktuuen.xyz", "none", "" },
		{ "paypa1.com", "letters", "paypal.com" },
		{ "xn--pypal-4ve.com", "letters", "paypal.com" },
		{ "vpasss.top", "none", "" },			/* short: by chance */
		{ "c0rp.example", "letters", "corp.example" },
		{ "mail.corp.example", "none", "" },
		{ "corp.example.bad.top", "inside", "corp.example" },
		{ "u.pcloud.link", "none", "" },
		{ "example.org", "none", "" },
		{ "192.0.2.1", "none", "" },
		{ "[2001:db8::1]", "none", "" },
		{ "localhost", "none", "" },
		{ "", "none", "" },
	};
	const struct str own[] = { STR("corp.example") };
	struct pool *pool = pool_new(0);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str of = STR_NONE;
		enum lookalike how = lookalike_find(pool, str_of(cases[i].host), own, 1, &of);

		test_str(str_of(lookalike_name(how)), str_of(cases[i].how), cases[i].host);
		if (how != LOOKALIKE_NONE)
			test_str(of, str_of(cases[i].of), "of whom");
	}
	pool_free(&pool);
	return test_done();
}
