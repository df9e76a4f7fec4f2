/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/header.h"
#include "message/mail.h"
#include "test.h"

#define BAD DEFECT_BIT(ENCODED_WORD_BAD)

static const struct {
	const char *name;
	struct str in, want;
	uint64_t defects;
} cases[] = {
	{ "plain", STR(" hello world "), STR("hello world"), 0 },
	{ "folded", STR("a\r\n b"), STR("a b"), 0 },
	{ "Q", STR("=?utf-8?q?a=C3=A9_b?="), STR("a\xc3\xa9 b"), 0 },
	{ "Q in lower-case digits", STR("=?utf-8?Q?=c3=a9?="), STR("\xc3\xa9"), 0 },
	{ "B", STR("=?UTF-8?b?44GC?="), STR("\xe3\x81\x82"), 0 },
	{ "Latin-1", STR("=?iso-8859-1?q?=E9?="), STR("\xc3\xa9"), 0 },
	{ "ISO-2022-JP", STR("=?iso-2022-jp?B?GyRCNFg8aRsoQg==?="), STR("\xe9\x96\xa2\xe5\xae\x88"), 0 },
	{ "language", STR("=?utf-8*ja?B?44GC?="), STR("\xe3\x81\x82"), 0 },
	{ "text around", STR("Re: =?utf-8?q?a?= b"), STR("Re: a b"), 0 },
	{ "two words join", STR("=?utf-8?q?a?= =?utf-8?q?b?="), STR("ab"), 0 },
	{ "over a fold", STR("=?utf-8?q?a?=\r\n =?utf-8?q?b?="), STR("ab"), 0 },
	{ "two charsets join", STR("=?utf-8?q?a?= =?iso-8859-1?q?=E9?="), STR("a\xc3\xa9"), 0 },
	{ "text between words stays", STR("=?utf-8?q?a?= x =?utf-8?q?b?="), STR("a x b"), 0 },
	{ "a character cut between B words", STR("=?utf-8?B?44E=?= =?utf-8?B?gg==?="), STR("\xe3\x81\x82"), 0 },
	{ "a character cut between Q words", STR("=?utf-8?q?=E3=81?=\r\n =?utf-8?q?=82?="), STR("\xe3\x81\x82"), 0 },
	{ "ISO-2022-JP cut inside its escape", STR("=?iso-2022-jp?B?GyRCNFg=?= =?iso-2022-jp?B?PGkbKEI=?="),
	    STR("\xe9\x96\xa2\xe5\xae\x88"), 0 },
	{ "glued to text", STR("a=?utf-8?q?b?=c"), STR("abc"), 0 },
	{ "inside quotes", STR("\"=?utf-8?q?a_b?=\""), STR("\"a b\""), 0 },
	{ "spaces inside", STR("=?utf-8?q?a b?="), STR("a b"), 0 },
	{ "empty word", STR("=?utf-8?q?" "?="), STR(""), 0 },
	{ "NUL", STR("=?utf-8?q?a=00b?="), STR("a\0b"), 0 },
	{ "no such encoding", STR("=?utf-8?x?a?="), STR("=?utf-8?x?a?="), BAD },
	{ "no end", STR("=?utf-8?q?a"), STR("=?utf-8?q?a"), BAD },
	{ "no charset", STR("=?" "?q?a?="), STR("=?" "?q?a?="), BAD },
	{ "question", STR("1=?"), STR("1=?"), BAD },
	{ "raw UTF-8", STR("\xc3\xa9"), STR("\xc3\xa9"), 0 },
	{ "raw Latin-1", STR("\xe9"), STR("\xc3\xa9"), 0 },
	{ "raw bytes beside a word", STR("\xe9 =?utf-8?q?a?="), STR("\xc3\xa9 a"), 0 },
	{ "junk in base64", STR("=?utf-8?B?Y!Q==?="), STR("a"), BAD },
};

int
main(void)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t defects = 0;

		test_str(header_text(pool, &lim, cases[i].in, &defects), cases[i].want, cases[i].name);
		if (!test_ok((defects & BAD) == cases[i].defects, "its defects"))
			printf("#   got %" PRIx64 "\n", defects);
	}
	pool_free(&pool);
	return test_done();
}
