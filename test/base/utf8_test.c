/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/utf8.h"

#include "test.h"

/* Unicode 15, tables 3-7 to 3-11: code points of a string, '?' for each error. */
static void
reads(void)
{
	static const struct {
		const char *name;
		struct str in, want;
		size_t check;
	} cases[] = {
		{ "empty", STR(""), STR(""), 0 },
		{ "ascii", STR("a\0b"), STR("61 0 62 "), 3 },
		{ "two, three, four bytes", STR("\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80"), STR("80 800 10000 "), 9 },
		{ "the last of each", STR("\xdf\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf"), STR("7ff ffff 10ffff "), 9 },
		{ "around the surrogates", STR("\xed\x9f\xbf\xee\x80\x80"), STR("d7ff e000 "), 6 },
		{ "surrogate", STR("\xed\xa0\x80"), STR("? ? ? "), 0 },
		{ "overlong, two bytes", STR("\xc0\xae\xc1\xbf"), STR("? ? ? ? "), 0 },
		{ "overlong, three bytes", STR("\xe0\x9f\xbf"), STR("? ? ? "), 0 },
		{ "overlong, four bytes", STR("\xf0\x8f\xbf\xbf"), STR("? ? ? ? "), 0 },
		{ "over 10FFFF", STR("\xf4\x90\x80\x80\xf5\x80"), STR("? ? ? ? ? ? "), 0 },
		{ "cut off", STR("ab\xe3\x81"), STR("61 62 ? "), 2 },
		{ "cut off by a letter", STR("\xf0\x9f\x98" "a"), STR("? 61 "), 0 },
		{ "table 3-8", STR("\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64"), STR("61 ? ? ? 62 ? 63 ? ? 64 "), 1 },
		{ "bad behind eight", STR("abcdefgh\xff"), STR("61 62 63 64 65 66 67 68 ? "), 8 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char got[200] = "";
		size_t n = 0;

		for (size_t at = 0; at < cases[i].in.n;) {
			uint32_t cp = utf8_next(cases[i].in, &at);

			n += (size_t)(cp == UTF8_BAD ? snprintf(got + n, sizeof(got) - n, "? ") :
			    snprintf(got + n, sizeof(got) - n, "%x ", cp));
		}
		test_str((struct str){ got, n }, cases[i].want, cases[i].name);
		test_int((int64_t)utf8_check(cases[i].in), (int64_t)cases[i].check, cases[i].name);
		test_ok(utf8_is_valid(cases[i].in) == (cases[i].check == cases[i].in.n), cases[i].name);
	}
}

/* Every code point comes back as it was written. */
static void
round_trip(void)
{
	char bytes[UTF8_MAX];
	size_t wrong = 0;

	for (uint32_t cp = 0; cp <= 0x110000; cp++) {
		size_t n = utf8_put(bytes, cp), at = 0;
		uint32_t want = cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff) ? UTF8_REPLACEMENT : cp;

		wrong += utf8_next((struct str){ bytes, n }, &at) != want || at != n;
	}
	test_int((int64_t)wrong, 0, "all code points");
}

int
main(void)
{
	reads();
	round_trip();
	test_int((int64_t)utf8_ascii_run(STR("0123456789abcdef\x80"), 3), 13, "ASCII up to a byte over 127");
	test_int((int64_t)utf8_ascii_run(STR("abc"), 3), 0, "at the end");
	return test_done();
}
