/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/utf8.h"

#include "test.h"

static const struct {
	const char *name;
	struct str in, want;
} clean[] = {
	{ "empty", STR(""), STR("") },
	{ "ASCII", STR("abc"), STR("abc") },
	{ "NUL is a character", STR("a\0b"), STR("a\0b") },
	{ "two, three and four bytes", STR("\xc3\xa9\xe9\x96\xa2\xf0\x9f\x92\xa9"), STR("\xc3\xa9\xe9\x96\xa2\xf0\x9f\x92\xa9") },
	{ "lone continuation", STR("a\x80z"), STR("a\xef\xbf\xbdz") },
	{ "cut sequence", STR("\xe9\x96"), STR("\xef\xbf\xbd\xef\xbf\xbd") },
	{ "overlong slash", STR("\xc0\xaf"), STR("\xef\xbf\xbd\xef\xbf\xbd") },
	{ "surrogate", STR("\xed\xa0\x80"), STR("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") },
	{ "above U+10FFFF", STR("\xf4\x90\x80\x80"), STR("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") },
	{ "last code point", STR("\xf4\x8f\xbf\xbf"), STR("\xf4\x8f\xbf\xbf") },
};

static void
cleans(void)
{
	for (size_t i = 0; i < sizeof(clean) / sizeof(clean[0]); i++) {
		struct buf out;

		buf_init(&out, 100);
		utf8_clean(clean[i].in, &out);
		test_str(buf_str(&out), clean[i].want, clean[i].name);
		test_int(utf8_is_valid(clean[i].in), str_eq(clean[i].in, clean[i].want), "validity agrees");
		buf_clear(&out);
	}
}

static void
round_trip(void)
{
	static const uint32_t points[] = { 0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff };
	struct buf out;

	buf_init(&out, 4);
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		struct str rest;
		uint32_t c = 1;

		buf_reset(&out);
		utf8_put(&out, points[i]);
		rest = buf_str(&out);
		test_ok(utf8_next(&rest, &c) && rest.n == 0, "a written character is valid");
		test_int(c, points[i], "and the same");
	}
	buf_clear(&out);
}

static void
controls(void)
{
	static const uint32_t bad[] = { 0, 0x1b, 0x7f, 0x9b, 0x202e, 0x2066, 0x200f };
	static const uint32_t good[] = { ' ', 'a', 0xa0, 0x95a2, 0x1f4a9, 0x2030 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		test_ok(utf8_is_control(bad[i]), "moves the cursor or the direction");
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		test_ok(!utf8_is_control(good[i]), "fills a cell");
}

int
main(void)
{
	cleans();
	round_trip();
	controls();
	return test_done();
}
