/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/uts46.h"

#include "test.h"

int
main(void)
{
	static const struct { const char *in, *ascii, *unicode; bool mixed; } cases[] = {
		{ "Example.COM", "example.com", "example.com", false },
		{ "b\xc3\xbc" "cher.example", "xn--bcher-kva.example", "b\xc3\xbc" "cher.example", false },
		{ "fa\xc3\x9f.de", "xn--fa-hia.de", "fa\xc3\x9f.de", false },
		{ "FA\xe1\xba\x9e.de", "xn--fa-hia.de", "fa\xc3\x9f.de", false },
		{ "a\xe3\x80\x82" "b.c", "a.b.c", "a.b.c", false },
		{ "xn--zn7c.com", "xn--zn7c.com", "", false },
		{ "-x.\xc3\x9f", "-x.xn--zca", "-x.\xc3\x9f", false },
		{ "look\xe2\x80\xaeout.net", "", "", false },
		{ "look\xe1\xa0\x8eout.net", "lookout.net", "lookout.net", false },
		{ "p\xd0\xb0y.com", "xn--py-7kc.com", "p\xd0\xb0y.com", true },
		{ "\xd1\x80\xd0\xb0\xd1\x83.com", "xn--80a5ak.com", "\xd1\x80\xd0\xb0\xd1\x83.com", false },
		{ "\xe9\x96\xa2gate\xe3\x81\xae\xe3\x83\xac.jp", "", "", false },
		{ "bad\xff.example", "", "", false },
		{ "", "", "", false },
	};
	struct pool *pool = pool_new(0);
	static char many[UTS46_BYTES + 2];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str got = uts46_ascii(pool, str_of(cases[i].in));

		if (str_starts(str_of(cases[i].in), STR("\xe9\x96\xa2"))) {
			test_ok(got.n && !uts46_mixed(uts46_unicode(pool, got)), "Japanese with Latin");
			continue;
		}
		test_str(got, str_of(cases[i].ascii), cases[i].in);
		if (cases[i].unicode[0])
			test_str(uts46_unicode(pool, got), str_of(cases[i].unicode), "as people read it");
		test_int(uts46_mixed(uts46_unicode(pool, got)), cases[i].mixed, "scripts");
	}
	test_ok(uts46_mixed(STR("ok.\xe3\x81\x82\xed\x95\x9c")), "kana and Hangul");
	test_ok(!uts46_mixed(STR("\xe3\x81\x82.\xed\x95\x9c")), "each in a label of its own");
	for (size_t i = 0; i + 2 <= sizeof(many); i += 2)
		memcpy(many + i, "\xc3\xbc", 2);
	test_str(uts46_ascii(pool, (struct str){ many, sizeof(many) }), STR_NONE, "a name over the limit");
	for (size_t i = 2; i + 3 <= sizeof(many); i += 3)
		many[i] = '.', many[i + 1] = '\xc3', many[i + 2] = '\xbc';
	test_ok(uts46_ascii(pool, (struct str){ many, 2 + 3 * 600 }).n > 0, "many labels");
	pool_free(&pool);
	return test_done();
}
