/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/brand.h"

#include "link/url.h"

#include "test.h"

static const char *const hows[] = { [BRAND_NONE] = "none", [BRAND_LATIN] = "latin", [BRAND_NAMED] = "named",
	[BRAND_DISGUISED] = "disguised" };

struct one {
	const char *in, *how, *name;
};

static void
test_texts(const struct brands *b, struct pool *pool)
{
	static const struct one cases[] = {
		{ "Amazon", "latin", "Amazon" }, { "Sign in to amazon.co.jp", "latin", "Amazon" }, { "amazonas", "none", "" },
		{ "アマゾンにログイン", "named", "Amazon" }, { "ｱﾏｿﾞﾝ", "named", "Amazon" }, { "ア マ ゾ ン", "none", "" },
		{ "楽天カードはこちら", "named", "Rakuten Card" }, { "楽天市場", "named", "Rakuten" },
		{ "樂天市場", "disguised", "Rakuten" }, { "三井住友力一ド", "disguised", "SMBC Card" },
		{ "三井住友カード", "named", "SMBC Card" }, { "\u0410mazon", "disguised", "Amazon" },
		{ "PayPaI", "disguised", "PayPal" }, { "ＰａｙＰａｌ", "latin", "PayPal" }, { "口座の確認", "none", "" },
		{ "三菱ＵＦＪ銀行", "named", "MUFG" }, { "JCB", "none", "" }, { "", "none", "" }, { "\xff\xff", "none", "" },
		{ "楽天の決算について、きょうの朝に発表されたことの長い説明をここで読む", "none", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str name;
		enum brand_how how = brand_in_text(b, pool, str_of(cases[i].in), &name);

		test_str(str_of(hows[how]), str_of(cases[i].how), cases[i].in);
		test_str(name, str_of(cases[i].name), "whose");
	}
}

static void
test_hosts(const struct brands *b, struct pool *pool)
{
	static const struct one cases[] = {
		{ "www.amazon.co.jp", "none", "" }, { "amazon.de", "none", "" }, { "s3.amazonaws.com", "none", "" },
		{ "amazon-login.bad.example", "named", "Amazon" }, { "amazon.top", "named", "Amazon" },
		{ "www.arnazon.jp.bad.example", "disguised", "Amazon" }, { "smbc-card.bad.example", "named", "SMBC Card" },
		{ "アマゾン.example", "named", "Amazon" }, { "楽天-card.example", "named", "Rakuten" },
		{ "樂天.example", "disguised", "Rakuten" }, { "apple.stackexchange.com", "none", "" },
		{ "rakuten.ne.jp", "none", "" }, { "r.r10s.jp", "none", "" }, { "example.org", "none", "" },
		{ "co.jp", "none", "" }, { "192.0.2.1", "none", "" }, { "[2001:db8::1]", "none", "" }, { "localhost", "none", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct url u;
		struct str name;
		bool good = url_parse(pool, pool_printf(pool, "http://%s/", cases[i].in), NULL, &u) == RC_OK;
		enum brand_how how = brand_in_host(b, pool, good ? u.host : STR_NONE, &name);

		test_str(str_of(hows[how]), str_of(cases[i].how), cases[i].in);
		test_str(name, str_of(cases[i].name), "whose");
	}
	test_ok(brand_owns(STR("SMBC Card"), STR("www.vpass.ne.jp")), "another domain of theirs");
	test_ok(!brand_owns(STR("SMBC Card"), STR("vpass.example")), "not the same word of others");
	test_ok(brand_owns(STR("Google"), STR("maps.google.co.uk")), "the same word in a country");
	test_ok(!brand_owns(STR("Google"), STR("google.xyz")), "that is no country");
}

int
main(void)
{
	struct pool *pool = pool_new(0);
	const struct brands *b = brands_new(pool);

	test_texts(b, pool);
	test_hosts(b, pool);
	pool_free(&pool);
	return test_done();
}
