/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/message/charset.c lib/message/charset_unicode.c */
#include "message/charset.h"

#include <sys/resource.h>

#include "message/defect.h"
#include "test.h"

#define BAD DEFECT_BIT(CHARSET_BAD)
#define UNKNOWN DEFECT_BIT(CHARSET_UNKNOWN)

#define FFFD "\xef\xbf\xbd"

static const struct {
	const char *name;
	struct str label, in, want;
	uint64_t defects;
} cases[] = {
	{ "ascii", STR("us-ascii"), STR("hello"), STR("hello"), 0 },
	{ "ascii with utf-8 in it", STR("us-ascii"), STR("\xc3\xa4"), STR("\xc3\xa4"), BAD },
	{ "ascii with latin-1 in it", STR("us-ascii"), STR("\xe4x"), STR("\xc3\xa4x"), BAD },
	{ "utf-8", STR("UTF-8"), STR("\xe9\x96\xa2\xe5\xae\x88"), STR("\xe9\x96\xa2\xe5\xae\x88"), 0 },
	{ "utf8 in quotes", STR("\"utf8\""), STR("\xc3\xa4"), STR("\xc3\xa4"), 0 },
	{ "label with a tail", STR(" 'UTF-8' (x)"), STR("\xc3\xa4"), STR("\xc3\xa4"), 0 },
	{ "overlong dot", STR("utf-8"), STR("a\xc0\xae" "b"), STR("a" FFFD FFFD "b"), BAD },
	{ "surrogate", STR("utf-8"), STR("\xed\xa0\x80"), STR(FFFD FFFD FFFD), BAD },
	{ "cut off", STR("utf-8"), STR("a\xe3\x81"), STR("a" FFFD), BAD },
	{ "too high", STR("utf-8"), STR("\xf4\x90\x80\x80"), STR(FFFD FFFD FFFD FFFD), BAD },
	{ "four bytes", STR("utf-8"), STR("\xf0\x9f\x98\x80"), STR("\xf0\x9f\x98\x80"), 0 },
	{ "mark removed", STR("utf-8"), STR("\xef\xbb\xbf" "a"), STR("a"), 0 },
	{ "mark wins", STR("iso-8859-1"), STR("\xef\xbb\xbf\xc3\xa4"), STR("\xc3\xa4"), 0 },
	{ "NUL stays", STR("utf-8"), STR("a\0b"), STR("a\0b"), 0 },
	{ "latin-1 is windows-1252", STR("ISO-8859-1"), STR("\x80\xe4\x81"),
	  STR("\xe2\x82\xac\xc3\xa4\xc2\x81"), 0 },
	{ "latin-2", STR("iso-8859-2"), STR("\xb1"), STR("\xc4\x85"), 0 },
	{ "koi8-r", STR("koi8-r"), STR("\xc1"), STR("\xd0\xb0"), 0 },
	{ "windows-1251", STR("windows-1251"), STR("\xe0"), STR("\xd0\xb0"), 0 },
	{ "windows-1251 gap", STR("windows-1251"), STR("\x98" "a"), STR(FFFD "a"), BAD },
	{ "iso-2022-jp", STR("ISO-2022-JP"), STR("\x1b$B4X<i\x1b(B!"), STR("\xe9\x96\xa2\xe5\xae\x88!"), 0 },
	{ "jis roman is ascii", STR("iso-2022-jp"), STR("\x1b(Ja\\~"), STR("a\\~"), 0 },
	{ "half-width katakana", STR("iso-2022-jp"), STR("\x1b(I12\x1b(B"), STR("\xef\xbd\xb1\xef\xbd\xb2"), 0 },
	{ "half-width by SO", STR("iso-2022-jp"), STR("\x0e" "12\x0f" "12"),
	  STR("\xef\xbd\xb1\xef\xbd\xb2" "12"), 0 },
	{ "half-width as 8 bits", STR("iso-2022-jp"), STR("\xb1\xb2"), STR("\xef\xbd\xb1\xef\xbd\xb2"), 0 },
	{ "NEC row 13", STR("iso-2022-jp"), STR("\x1b$B-!\x1b(B"), STR("\xe2\x91\xa0"), 0 },
	{ "NEC selected IBM", STR("iso-2022-jp"), STR("\x1b$By!\x1b(B"), STR("\xe7\xba\x8a"), 0 },
	{ "JIS X 0212", STR("iso-2022-jp"), STR("\x1b$(D0!\x1b(B"), STR("\xe4\xb8\x82"), 0 },
	{ "empty escapes in a URL", STR("iso-2022-jp"), STR("ht\x1b(Btp:\x1b(B//\x1b$B\x1b(Bx"),
	  STR("http://x"), 0 },
	{ "unknown escape", STR("iso-2022-jp"), STR("a\x1b%Zb"), STR("a" FFFD "%Zb"), BAD },
	{ "half a character", STR("iso-2022-jp"), STR("\x1b$B4"), STR(FFFD), BAD },
	{ "line end inside kanji", STR("iso-2022-jp"), STR("\x1b$B4X\r\n<i"),
	  STR("\xe9\x96\xa2\r\n\xe5\xae\x88"), 0 },
	{ "ascii label, Japanese text", STR("us-ascii"), STR("\x1b$B4X\x1b(B"), STR("\xe9\x96\xa2"), 0 },
	{ "shift_jis", STR("Shift_JIS"), STR("\x8a\xd6\x8e\xe7\xb1"),
	  STR("\xe9\x96\xa2\xe5\xae\x88\xef\xbd\xb1"), 0 },
	{ "shift_jis NEC row 13", STR("x-sjis"), STR("\x87\x40"), STR("\xe2\x91\xa0"), 0 },
	{ "euc-jp", STR("euc-jp"), STR("\xb4\xd8\xbc\xe9"), STR("\xe9\x96\xa2\xe5\xae\x88"), 0 },
	{ "euc-jp NEC row 13", STR("euc-jp"), STR("\xad\xa1"), STR("\xe2\x91\xa0"), 0 },
	{ "euc-jp half-width", STR("euc-jp"), STR("\x8e\xb1"), STR("\xef\xbd\xb1"), 0 },
	{ "euc-jp JIS X 0212", STR("euc-jp"), STR("\x8f\xb0\xa1"), STR("\xe4\xb8\x82"), 0 },
	{ "euc-jp bad", STR("euc-jp"), STR("\xb4 a"), STR(FFFD " a"), BAD },
	{ "gb2312 is gb18030", STR("gb2312"), STR("\xb9\xd8\x80\xca"), STR("\xe5\x85\xb3" FFFD FFFD), BAD },
	{ "gbk", STR("GBK"), STR("\xb9\xd8"), STR("\xe5\x85\xb3"), 0 },
	{ "hz", STR("hz-gb-2312"), STR("a~{9X~}b~~"), STR("a\xe5\x85\xb3" "b~"), 0 },
	{ "big5", STR("big5"), STR("\xc3\xf6"), STR("\xe9\x97\x9c"), 0 },
	{ "korean", STR("ks_c_5601-1987"), STR("\xb0\xfc"), STR("\xea\xb4\x80"), 0 },
	{ "utf-7", STR("utf-7"), STR("+ADw-a href+AD0-x +- y"), STR("<a href=x + y"), DEFECT_BIT(UTF7) },
	{ "utf-7 surrogates", STR("utf-7"), STR("+2D3eAA-"), STR("\xf0\x9f\x98\x80"), DEFECT_BIT(UTF7) },
	{ "utf-7 half", STR("utf-7"), STR("+2D0-"), STR(FFFD), DEFECT_BIT(UTF7) | BAD },
	{ "utf-16 mark", STR("utf-16"), STR("\xfe\xff\0a\x30\x42"), STR("a\xe3\x81\x82"), 0 },
	{ "utf-16 little without mark", STR("utf-16"), STR("a\0\x42\x30"), STR("a\xe3\x81\x82"), 0 },
	{ "utf-16 big without mark", STR("utf-16"), STR("\0a\x30\x42"), STR("a\xe3\x81\x82"), 0 },
	{ "utf-16le pair", STR("utf-16le"), STR("\x3d\xd8\0\xde"), STR("\xf0\x9f\x98\x80"), 0 },
	{ "utf-16le low first", STR("utf-16le"), STR("\0\xde" "a\0"), STR(FFFD "a"), BAD },
	{ "utf-16 odd", STR("utf-16le"), STR("a\0b"), STR("a" FFFD), BAD },
	{ "utf-16 mark without label", STR(""), STR("\xff\xfe" "a\0"), STR("a"), 0 },
	{ "utf-32 mark", STR("utf-32"), STR("\xff\xfe\0\0a\0\0\0"), STR("a"), 0 },
	{ "utf-32be", STR("utf-32be"), STR("\0\x01\xf6\0"), STR("\xf0\x9f\x98\x80"), 0 },
	{ "utf-32 too high", STR("utf-32be"), STR("\0\x11\0\0"), STR(FFFD), BAD },
	{ "unknown, utf-8", STR("x-made-up"), STR("\xc3\xa4"), STR("\xc3\xa4"), UNKNOWN },
	{ "unknown, else", STR("x-made-up"), STR("\xe4"), STR("\xc3\xa4"), UNKNOWN },
	{ "names iconv takes must not pass", STR("utf-8//TRANSLIT"), STR("\xe4"), STR(FFFD), BAD },
	{ "no label", STR(""), STR("\xe4"), STR("\xc3\xa4"), 0 },
	{ "x-unknown", STR("x-unknown"), STR("\xc3\xa4"), STR("\xc3\xa4"), 0 },
};

static void
convert(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out;
		uint64_t defects = 0;

		buf_init(&out, 1000);
		charset_to_utf8(cases[i].in, cases[i].label, &out, &defects);
		test_str(buf_str(&out), cases[i].want, cases[i].name);
		test_int((int64_t)defects, (int64_t)cases[i].defects, cases[i].name);
		buf_clear(&out);
	}
}

/* A cut never leaves half a character. */
static void
cut(void)
{
	struct buf out;
	uint64_t defects = 0;

	buf_init(&out, 5);
	charset_to_utf8(STR("\xe9\x96\xa2\xe5\xae\x88"), STR("utf-8"), &out, &defects);
	test_str(buf_str(&out), STR("\xe9\x96\xa2"), "cut between characters");
	test_ok(out.full, "and said so");
	buf_clear(&out);
	charset_to_utf8(STR("\x8a\xd6\x8e\xe7"), STR("shift_jis"), &out, &defects);
	test_str(buf_str(&out), STR("\xe9\x96\xa2"), "the same behind iconv");
	buf_clear(&out);
}

static void
guess(void)
{
	static const struct {
		const char *name;
		struct str in, want;
	} table[] = {
		{ "empty", STR(""), STR("") },
		{ "ascii", STR("abc"), STR("utf-8") },
		{ "utf-8", STR("\xc3\xa4"), STR("utf-8") },
		{ "iso-2022-jp", STR("\x1b$B4X\x1b(B"), STR("iso-2022-jp") },
		{ "utf-16le", STR("\xff\xfe" "a\0"), STR("utf-16le") },
		{ "utf-16be", STR("\xfe\xff\0a"), STR("utf-16be") },
		{ "utf-16 markup", STR("<\0h\0"), STR("utf-16le") },
		{ "latin-1", STR("\xe4"), STR("") },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		test_str(charset_guess(table[i].in), table[i].want, table[i].name);
}

/* After charset_preload nothing is opened any more: what a sandbox needs. */
static void
preload(void)
{
	struct charset_set *set = charset_preload();
	struct rlimit old, none;
	struct buf out;
	uint64_t defects = 0;

	getrlimit(RLIMIT_NOFILE, &old);
	none = (struct rlimit){ 0, old.rlim_max };
	setrlimit(RLIMIT_NOFILE, &none);
	buf_init(&out, 1000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t seen = 0;

		buf_reset(&out);
		charset_to_utf8(cases[i].in, cases[i].label, &out, &seen);
		defects |= seen ^ cases[i].defects;
	}
	setrlimit(RLIMIT_NOFILE, &old);
	test_int((int64_t)defects, 0, "the same results without opening files");
	buf_clear(&out);
	charset_unload(&set);
	test_ok(!set, "unloaded");
}

int
main(void)
{
	preload();
	convert();
	cut();
	guess();
	return test_done();
}
