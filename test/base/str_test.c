/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

static void
compare(void)
{
	test_ok(str_eq(STR("a\0b"), (struct str){ "a\0b", 3 }), "NUL is data");
	test_ok(!str_eq(STR("a\0b"), STR("a\0c")), "bytes behind a NUL count");
	test_ok(str_eq(STR_NONE, STR("")), "empty equals empty");
	test_ok(str_eq_nocase(STR("Content-TYPE"), STR("content-type")), "ASCII case");
	test_ok(!str_eq_nocase(STR("\xc3\x84"), STR("\xc3\xa4")), "only ASCII case");
	test_ok(str_cmp(STR("a"), STR("ab")) < 0, "shorter sorts first");
	test_ok(str_cmp(STR("\xff"), STR("a")) > 0, "bytes are unsigned");
	test_ok(str_starts_nocase(STR("--Bound"), STR("--b")), "prefix");
	test_ok(!str_starts(STR("a"), STR("ab")), "a prefix longer than the text");
	test_ok(str_ends_nocase(STR("run.EXE"), STR(".exe")), "suffix");
}

static void
search(void)
{
	static const struct {
		const char *name;
		struct str in, what;
		size_t want, want_nocase;
	} cases[] = {
		{ "at the start", { "abcab", 5 }, { "ab", 2 }, 0, 0 },
		{ "at the end", { "xxab", 4 }, { "ab", 2 }, 2, 2 },
		{ "false start", { "aab", 3 }, { "ab", 2 }, 1, 1 },
		{ "other case", { "xAB", 3 }, { "ab", 2 }, STR_NPOS, 1 },
		{ "behind a NUL", { "\0ab", 3 }, { "ab", 2 }, 1, 1 },
		{ "longer than the text", { "a", 1 }, { "ab", 2 }, STR_NPOS, STR_NPOS },
		{ "in nothing", { NULL, 0 }, { "a", 1 }, STR_NPOS, STR_NPOS },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		test_int((int64_t)str_find(cases[i].in, cases[i].what), (int64_t)cases[i].want, cases[i].name);
		test_int((int64_t)str_find_nocase(cases[i].in, cases[i].what), (int64_t)cases[i].want_nocase,
		    cases[i].name);
	}
	test_int((int64_t)str_chr(STR("a.b.c"), '.'), 1, "first");
	test_int((int64_t)str_rchr(STR("a.b.c"), '.'), 3, "last");
	test_ok(str_rchr(STR("abc"), '.') == STR_NPOS, "none");
}

static void
cut(void)
{
	struct str rest = STR("a,,b"), piece = STR_NONE;

	test_str(str_from(STR("abc"), 1), STR("bc"), "from");
	test_str(str_from(STR("abc"), 9), STR(""), "from past the end");
	test_str(str_upto(STR("abc"), 9), STR("abc"), "up to past the end");
	test_str(str_sub(STR("abcd"), 1, 2), STR("bc"), "middle");
	test_str(str_sub(STR("abcd"), 3, SIZE_MAX), STR("d"), "a length that would overflow");
	test_str(str_trim(STR(" \t\r\na b\n ")), STR("a b"), "trim");
	test_ok(str_next(&rest, ',', &piece) && str_eq(piece, STR("a")), "first piece");
	test_ok(str_next(&rest, ',', &piece) && piece.n == 0, "empty piece");
	test_ok(str_next(&rest, ',', &piece) && str_eq(piece, STR("b")), "last piece");
	test_ok(!str_next(&rest, ',', &piece), "used up");
}

static void
numbers(void)
{
	uint64_t v = 7;

	test_ok(str_to_u64(STR("18446744073709551615"), &v) && v == UINT64_MAX, "largest");
	test_ok(!str_to_u64(STR("18446744073709551616"), &v), "one more");
	test_ok(!str_to_u64(STR(""), &v), "empty");
	test_ok(!str_to_u64(STR("12 "), &v), "something behind it");
	test_ok(!str_to_u64(STR("-1"), &v), "a sign");
}

int
main(void)
{
	compare();
	search();
	cut();
	numbers();
	return test_done();
}
