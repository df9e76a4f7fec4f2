/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/jtext.h"

#include "test.h"

static const struct {
	const char *name;
	struct str in, want;
} texts[] = {
	{ "empty", STR(""), STR("\"\"") },
	{ "ASCII", STR("a/b"), STR("\"a/b\"") },
	{ "quotes and backslash", STR("\"\\"), STR("\"\\\"\\\\\"") },
	{ "NUL", STR("a\0b"), STR("\"a\\u0000b\"") },
	{ "Japanese stays readable", STR("\xe9\x96\xa2"), STR("\"\xe9\x96\xa2\"") },
	{ "lone continuation", STR("a\x80z"), STR("\"a\xef\xbf\xbdz\"") },
	{ "overlong slash", STR("\xc0\xaf"), STR("\"\xef\xbf\xbd\xef\xbf\xbd\"") },
	{ "ESC", STR("\x1b[2J"), STR("\"\\u001b[2J\"") },
	{ "DEL", STR("a\x7f"), STR("\"a\\u007f\"") },
	{ "C1 CSI", STR("\xc2\x9b" "2J"), STR("\"\\u009b2J\"") },
	{ "right-to-left override", STR("a\xe2\x80\xae" "fdp.exe"), STR("\"a\\u202efdp.exe\"") },
	{ "line feed", STR("a\nb"), STR("\"a\\nb\"") },
};

static void
strings(void)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct buf out;

		buf_init(&out, 200);
		jtext_write(jtext_str(texts[i].in), &out);
		test_str(buf_str(&out), texts[i].want, texts[i].name);
		buf_clear(&out);
	}
}

static void
numbers(void)
{
	static const struct {
		int64_t in;
		const char *want;
	} rows[] = { { 0, "0.0" }, { 5, "0.5" }, { 1000, "100.0" }, { -5, "-0.5" }, { -25, "-2.5" },
		{ INT64_MIN, "-922337203685477580.8" } };
	struct buf out;

	buf_init(&out, 64);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&out);
		jtext_write(jtext_tenths(rows[i].in), &out);
		test_str(buf_str(&out), str_of(rows[i].want), "tenths keep one decimal");
	}
	buf_reset(&out);
	jtext_write(jtext_ms(12345), &out);
	test_str(buf_str(&out), STR("12.3"), "microseconds as milliseconds");
	buf_clear(&out);
}

static void
controls(void)
{
	static const uint32_t bad[] = { 0, 0x1b, 0x7f, 0x9b, 0x202e, 0x2066, 0x200f, 0x2028, 0xfeff };
	static const uint32_t good[] = { ' ', 'a', 0xa0, 0x95a2, 0x1f4a9, 0x2030 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		test_ok(jtext_is_control(bad[i]), "does more than fill a cell");
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		test_ok(!jtext_is_control(good[i]), "fills a cell");
}

int
main(void)
{
	strings();
	numbers();
	controls();
	return test_done();
}
