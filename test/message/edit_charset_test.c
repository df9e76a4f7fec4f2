/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* One word of a text is replaced in every charset; everything around it keeps its bytes. */
#include "message/edit_charset.h"

#include "message/charset.h"
#include "test.h"

#define JIS(s) "\033$B" s "\033(B"
#define NIHON "\x46\x7c\x4b\x5c"		/* JIS X 0208 */
#define WORD "http://x.example/?a=1"

static const struct {
	const char *name, *label;
	struct str in, word;	/* word: as it stands in UTF-8 */
	const char *with;
	struct str want;
	enum rc rc;
} cases[] = {
	{ "ASCII", "us-ascii", STR("see " WORD " now"), STR(WORD), "[gone]", STR("see [gone] now"), RC_OK },
	{ "UTF-8", "utf-8", STR("\xe6\x97\xa5" WORD "\xe6\x9c\xac"), STR(WORD), "y", STR("\xe6\x97\xa5y\xe6\x9c\xac"),
	    RC_OK },
	{ "UTF-8 put into UTF-8", "utf-8", STR("\xe6\x97\xa5 a b"), STR("a"), "\xe6\x9c\xac", STR("\xe6\x97\xa5 \xe6\x9c\xac b"),
	    RC_OK },
	{ "UTF-8 with a mark", "utf-8", STR("\xef\xbb\xbfsee " WORD), STR(WORD), "y", STR("\xef\xbb\xbfsee y"), RC_OK },
	{ "UTF-8 with bytes that are none", "utf-8", STR("\xff\xe6\x97 " WORD "\xc3"), STR(WORD), "y", STR("\xff\xe6\x97 y\xc3"),
	    RC_OK },
	{ "ISO-8859-1", "iso-8859-1", STR("caf\xe9 " WORD " \xfc"), STR(WORD), "y", STR("caf\xe9 y \xfc"), RC_OK },
	{ "ISO-8859-1 has no kanji", "iso-8859-1", STR("caf\xe9 a"), STR("a"), "\xe6\x97\xa5", STR(""), RC_NONE },
	{ "EUC-JP", "euc-jp", STR("\xc6\xfc\xcb\xdc" WORD "\xc6\xfc"), STR(WORD), "y", STR("\xc6\xfc\xcb\xdcy\xc6\xfc"), RC_OK },
	{ "Shift_JIS with a backslash as second byte", "shift_jis", STR("\x95\x5c\x94\x5c" WORD "\x95\x5c\xb1"), STR(WORD), "y",
	    STR("\x95\x5c\x94\x5cy\x95\x5c\xb1"), RC_OK },
	{ "ISO-2022-JP", "iso-2022-jp", STR(JIS(NIHON) WORD JIS(NIHON) "."), STR(WORD), "y", STR(JIS(NIHON) "y" JIS(NIHON) "."),
	    RC_OK },
	{ "ISO-2022-JP with kanji that look like the word", "iso-2022-jp", STR(JIS("a=a=") "a" JIS("a=")), STR("a"), "b",
	    STR(JIS("a=a=") "b" JIS("a=")), RC_OK },
	{ "ISO-2022-JP, a range that ends in kanji", "iso-2022-jp", STR("x http://a/" JIS(NIHON "\x24\x72") " z"),
	    STR("http://a/\xe6\x97\xa5\xe6\x9c\xac"), "y", STR("x y\033$B\x24\x72\033(B z"), RC_OK },
	{ "ISO-2022-JP, a range between kanji", "iso-2022-jp", STR(JIS(NIHON "\x24\x72") "."), STR("\xe6\x9c\xac"), "y",
	    STR("\033$B\x46\x7c\033(By\033$B\x24\x72\033(B."), RC_OK },
	{ "GB 18030 with four bytes", "gb18030", STR("\x81\x30\x81\x30\xc4\xe3" WORD "\xc4\xe3"), STR(WORD), "y",
	    STR("\x81\x30\x81\x30\xc4\xe3y\xc4\xe3"), RC_OK },
	{ "Big5 with ASCII as second byte", "big5", STR("\xa4\x40\xb3\x5c" WORD "\xa4\x40"), STR(WORD), "y",
	    STR("\xa4\x40\xb3\x5cy\xa4\x40"), RC_OK },
	{ "Korean", "euc-kr", STR("\xb0\xa1" WORD "\xb0\xa1"), STR(WORD), "y", STR("\xb0\xa1y\xb0\xa1"), RC_OK },
	{ "UTF-16 with a mark", "utf-16", STR("\xff\xfe" "a\0b\0\x65\x65" "c\0"), STR("b"), "yz",
	    STR("\xff\xfe" "a\0y\0z\0\x65\x65" "c\0"), RC_OK },
	{ "UTF-16, big-endian, with kanji put in", "utf-16be", STR("\0a\0b\0c"), STR("b"), "\xe6\x97\xa5", STR("\0a\x65\xe5\0c"),
	    RC_OK },
	{ "UTF-32", "utf-32le", STR("a\0\0\0b\0\0\0"), STR("b"), "y", STR("a\0\0\0y\0\0\0"), RC_OK },
	{ "UTF-7 is left alone", "utf-7", STR("+ZeU- a b"), STR("a"), "y", STR(""), RC_NONE },
	{ "HZ is left alone", "hz-gb-2312", STR("~{<:Ky~} a b"), STR("a"), "y", STR(""), RC_NONE },
	{ "nothing in place of the word", "iso-2022-jp", STR(JIS(NIHON) " ab " JIS(NIHON)), STR("ab"), "",
	    STR(JIS(NIHON) "  " JIS(NIHON)), RC_OK },
};

static void
one(size_t i)
{
	struct pool *pool = pool_new(0);
	struct edit_range r = { .with = str_of(cases[i].with) };
	struct vec ranges = { &r, 1, 1 }, out;
	struct str label = str_of(cases[i].label), text;
	uint64_t defects = 0;
	struct buf utf8, got;
	enum rc rc;

	buf_init(&utf8, 1 << 20);
	buf_init(&got, 1 << 20);
	charset_to_utf8(cases[i].in, label, &utf8, &defects);
	text = buf_str(&utf8);
	r.at = str_find(text, cases[i].word);
	r.n = cases[i].word.n;
	rc = edit_charset(pool, cases[i].in, label, text, &ranges, &out);
	if (test_int(rc, cases[i].rc, cases[i].name) && rc == RC_OK) {
		edit_ranges_apply(cases[i].in, &out, &got);
		test_str(buf_str(&got), cases[i].want, "its bytes");
	}
	buf_clear(&utf8);
	buf_clear(&got);
	pool_free(&pool);
}

int
main(void)
{
	struct charset_set *set = charset_preload();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		one(i);
	charset_unload(&set);
	return test_done();
}
