/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/idna.h"

#include "test.h"

int
main(void)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "example.com", "example.com" },
		{ "Example.COM.", "Example.COM." },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
		{ "not a domain", "not a domain" },
		{ "", "" },
		{ "b\xc3\xbc" "cher.example", "xn--bcher-kva.example" },
		{ "B\xc3\x9c" "CHER.example", "xn--bcher-kva.example" },
		{ "bu\xcc\x88" "cher.example", "xn--bcher-kva.example" },
		{ "stra\xc3\x9f" "e.example", "xn--strae-oqa.example" },
		{ "\xe9\x96\xa2\xe5\xae\x88.\xe4\xbe\x8b\xe3\x81\x88.jp", "xn--39sz56k.xn--r8jz45g.jp" },
		{ "a\xe3\x80\x82" "b\xc3\xbc.example", "a.xn--b-eha.example" },
		{ "bad\xff.example", "" },
	};
	struct pool *pool = pool_new(0);
	static char many[2000];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str got = idna_ascii(pool, str_of(cases[i].in));

		test_str(got, str_of(cases[i].want), cases[i].in);
	}
	for (size_t i = 0; i + 2 <= sizeof(many); i += 2)
		memcpy(many + i, "\xc3\xbc", 2);
	test_str(idna_ascii(pool, (struct str){ many, sizeof(many) }), STR_NONE, "a name over the limit");
	test_str(idna_ascii(pool, (struct str){ many, 200 }), STR_NONE, "a label that becomes too long");
	test_str(idna_ascii(pool, (struct str){ "\xc3\xbc\0.example", 11 }), STR_NONE, "a NUL");
	test_str(idna_unicode(pool, STR("xn--bcher-kva.example")), STR("b\xc3\xbc" "cher.example"), "for people");
	test_str(idna_unicode(pool, STR("www.example")), STR("www.example"), "that has no other form");
	test_str(idna_unicode(pool, STR("xn--\xff.example")), STR("xn--\xff.example"), "that is none");
	test_str(idna_unicode(pool, (struct str){ many, sizeof(many) }), (struct str){ many, sizeof(many) }, "too long");
	pool_free(&pool);
	return test_done();
}
