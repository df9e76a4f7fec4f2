/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/confusable.h"

#include "base/utf8.h"

#include "test.h"

enum { ROOM = 32 };

static struct pool *pool;

static struct str
text_of(const uint32_t *cp, size_t n)
{
	char *out = pool_alloc(pool, ROOM * UTF8_MAX);
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += utf8_put(out + len, cp[i]);
	return (struct str){ out, len };
}

static struct str
folded(const char *text)
{
	uint32_t cp[ROOM];

	return text_of(cp, confusable_fold(str_of(text), cp, ROOM));
}

/* What looks alike is the same; what does not is not. */
static void
test_pairs(void)
{
	static const struct { const char *a, *b; bool same; } cases[] = {
		{ "paypal", "p\u0430yp\u0430l", true }, { "apple", "\u0430\u0440\u0440\u04cf\u0435", true },
		{ "amazon", "arnazon", true }, { "amazon", "amaz0n", true }, { "amazon", "\u00e0m\u00e1z\u00f4\u00f1", true },
		{ "amazon", "a\u0301mazon", true }, { "google", "\u0262oogle", false }, { "google", "g\u03bf\u03bfgle", true },
		{ "wave", "vvave", true }, { "line", "1ine", true }, { "smbc", "\u0455mbc", true }, { "amazon", "amazen", false },
		{ "ロ座", "口座", true }, { "カード", "力ード", true }, { "アマゾン", "ァマゾン", true }, { "エポス", "工ポス", true },
		{ "カード", "カ一ド", true }, { "ニッポン", "二ツポン", true }, { "楽天", "樂天", true }, { "楽天", "乐天", true },
		{ "ノルマ", "丿ルマ", true }, { "銀行", "银行", true }, { "銀行", "銅行", false }, { "アマゾン", "アマゾソ", false },
		{ "三井", "ミ井", true }, { "ヘルプ", "へルプ", true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_ok(str_eq(folded(cases[i].a), folded(cases[i].b)) == cases[i].same, cases[i].b);
}

/* A row out of order is never found, and what a row says must look like itself. */
static void
test_rows(void)
{
	static const struct { uint32_t cp; const char *as; } unicode[] = {
#define CONFUSABLE(cp, as) { cp, as },
#include "link/confusables.list"
	}, kana[] = {
#include "link/confusables_kana.list"
	};
	size_t wrong = 0, changed = 0;

	for (size_t i = 0; i < sizeof(kana) / sizeof(*kana); i++) {
		char c[UTF8_MAX + 1] = "";

		(void)utf8_put(c, kana[i].cp);
		wrong += !str_eq(folded(c), folded(kana[i].as)) || str_eq(folded(c), str_of(c));
	}
	for (size_t i = 0; i < sizeof(unicode) / sizeof(*unicode); i++) {
		char c[UTF8_MAX + 1] = "";

		(void)utf8_put(c, unicode[i].cp);
		changed += str_eq(folded(c), str_of(c));
		wrong += i > 0 && unicode[i - 1].cp >= unicode[i].cp;
	}
	test_int((long long)wrong, 0, "rows are in order and look like what they say");
	test_int((long long)changed, 0, "every row of Unicode changes something");
}

static void
test_limits(void)
{
	uint32_t cp[2];

	test_int((long long)confusable_fold(STR("abc"), cp, 2), 2, "no more than there is room for");
	test_int((long long)confusable_points(STR("abc"), cp, 2), 2, "the same of points");
	test_str(folded("\xff\xfe"), folded("\xfe\xff"), "bytes that are not UTF-8");
	test_str(confusable_plain(pool, STR("Ａｍａｚｏｎ ㍻")), STR("amazon 平成"), "wide letters");
	test_str(confusable_plain(pool, STR("ｱﾏｿﾞﾝ")), STR("アマゾン"), "narrow kana");
	test_str(confusable_plain(pool, STR("")), STR(""), "nothing");
}

int
main(void)
{
	pool = pool_new(0);
	test_pairs();
	test_rows();
	test_limits();
	pool_free(&pool);
	return test_done();
}
