/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/link/url.c, url_read.c, url_host.c, url_text.c; base/uts46.c by hosts */
#include "link/url.h"

#include "test.h"

static struct pool *pool;

/* href, or "!" where nothing is followed; then the tricks, when there are any. */
static struct str
text_of(const char *in, const struct url *base)
{
	struct url u;
	struct str tricks;

	if (url_parse(pool, str_of(in), base, &u) != RC_OK)
		return STR("!");
	tricks = url_tricks_text(pool, u.tricks);
	return tricks.n ? pool_printf(pool, "%.*s %.*s", STR_ARG(u.href), STR_ARG(tricks)) : u.href;
}

static const struct { const char *in, *want; } cases[] = {
	{ "http://bad.sekimori.test/", "http://bad.sekimori.test/" },
	{ "HTTPS://Bad.Sekimori.TEST", "https://bad.sekimori.test/" },
	{ " \x01http://a.test/b c\n ", "http://a.test/b%20c" },
	{ "http://www.bank.example@bad.sekimori.test/", "http://www.bank.example@bad.sekimori.test/ userinfo" },
	{ "https://u:p@h@bad.test/", "https://u:p%40h@bad.test/ userinfo" },
	{ "ht\ttp://bad.\r\nseki\nmori.test/", "http://bad.sekimori.test/ control" },
	{ "http:\\\\bad.test\\x", "http://bad.test/x backslash" },
	{ "http://good.test\\@bad.test/", "http://good.test/@bad.test/ backslash" },
	{ "http:/bad.test/x", "http://bad.test/x slashes" },
	{ "https:bad.test", "https://bad.test/ slashes" },
	{ "http:////bad.test", "http://bad.test/ slashes" },
	{ "http://3221226050/", "http://192.0.2.66/ numeric_host" },
	{ "http://0300.0.0x2.66/", "http://192.0.2.66/ numeric_host" },
	{ "http://192.0.578/", "http://192.0.2.66/ numeric_host" },
	{ "http://192.0.2.66./", "http://192.0.2.66/" },
	{ "http://192.0.2.66/", "http://192.0.2.66/" },
	{ "http://1.2.3.4.5/", "!" },
	{ "http://256.1.1.1/", "!" },
	{ "http://4294967296/", "!" },
	{ "http://[::ffff:c000:242]/", "http://[::ffff:c000:242]/ mapped_address" },
	{ "http://[::FFFF:192.0.2.66]:80/", "http://[::ffff:c000:242]/ mapped_address" },
	{ "http://[2001:DB8:0:0:1:0:0:1]/", "http://[2001:db8::1:0:0:1]/" },
	{ "http://[::1%25eth0]/", "!" },
	{ "http://[1::2::3]/", "!" },
	{ "http://[1:2:3:4:5:6:7:8:9]/", "!" },
	{ "http://[1:2:3]/", "!" },
	{ "http://[::1", "!" },
	{ "http://\xef\xbd\x82\xef\xbd\x81\xef\xbd\x84\xe3\x80\x82test/", "http://bad.test/ fullwidth" },
	{ "http://b%61d.test/", "http://bad.test/ percent_host" },
	{ "http://b%EF%BD%81d.test/", "http://bad.test/ fullwidth,percent_host" },
	{ "http://ba\xe2\x81\xa0" "d.test/", "http://bad.test/ zero_width" },
	{ "http://ba\xc2\xad" "d.test/", "http://bad.test/ zero_width" },
	{ "http://ba\xe2\x80\x8b" "d.test/", "http://bad.test/ zero_width" },
	{ "http://a.test/x\xe2\x80\xaegpj.exe", "http://a.test/x%E2%80%AEgpj.exe bidi" },
	{ "http://bad\xc0\xae" "test\xff/", "http://bad.test/ bad_utf8" },
	{ "http://a.test/\xff", "http://a.test/%EF%BF%BD bad_utf8" },
	{ "http://bad%c0%aetest/", "http://bad.test/ percent_host,bad_utf8" },
	{ "http://p\xd0\xb0ypal.com/", "http://xn--pypal-4ve.com/ mixed_script" },
	{ "http://xn--pypal-4ve.com/", "http://xn--pypal-4ve.com/ mixed_script" },
	{ "http://\xe9\x96\xa2\xe5\xae\x88gate\xe3\x81\xae.jp/", "http://xn--gate-8c4c395w18ue.jp/" },
	{ "http://b\xc3\xbc" "cher.test/", "http://xn--bcher-kva.test/" },
	{ "http://fa\xc3\x9f.test/", "http://xn--fa-hia.test/" },
	{ "http://a.test:8080/", "http://a.test:8080/ odd_port" },
	{ "https://a.test:443/", "https://a.test/" },
	{ "https://a.test:0443/", "https://a.test/" },
	{ "http://a.test:65536/", "!" },
	{ "http://a.test:1x/", "!" },
	{ "http://http://bad.test/", "http://http//bad.test/ double_scheme" },
	{ "data:text/html;base64,PGE+", "data:text/html;base64,PGE+ data_url" },
	{ "mailto:A@Example.org", "mailto:A@Example.org" },
	{ "javascript:alert('x y')", "javascript:alert('x y')" },
	{ "tel:+81 3", "tel:+81 3" },
	{ "cid:part1@x", "cid:part1@x" },
	{ "file:///C|/x/../y", "file:///C:/y" },
	{ "file://server/share/x.lnk", "file://server/share/x.lnk" },
	{ "http://a.test/x/../../y/./z/%2e%2E/w?q='#f`", "http://a.test/y/w?q=%27#f%60" },
	{ "http:///", "!" },
	{ "http://", "!" },
	{ "http://user@/", "!" },
	{ "http://a b.test/", "!" },
	{ "http://a%00.test/", "!" },
	{ "", "!" },
	{ "//bad.test/", "!" },
	{ "bad.test/login", "!" },
	{ "://bad.test", "!" },
};

static void
absolute(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_str(text_of(cases[i].in, NULL), str_of(cases[i].want), cases[i].in);
}

static void
relative(void)
{
	static const struct { const char *in, *want; } rows[] = {
		{ "", "http://bad.test/a/b?q" },
		{ "#top", "http://bad.test/a/b?q#top" },
		{ "?x=1", "http://bad.test/a/b?x=1" },
		{ "c", "http://bad.test/a/c" },
		{ "../c", "http://bad.test/c" },
		{ "/login", "http://bad.test/login" },
		{ "//other.test/x", "http://other.test/x" },
		{ "\\\\other.test\\x", "http://other.test/x backslash" },
		{ "/\\other.test/x", "http://other.test/x backslash" },
		{ "https:/other.test", "https://other.test/ slashes" },
		{ "http:c", "http://bad.test/a/c" },
		{ "mailto:a@b.test", "mailto:a@b.test" },
	};
	struct url base;

	if (!test_ok(url_parse(pool, STR("http://bad.test/a/b?q#f"), NULL, &base) == RC_OK, "a base"))
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		test_str(text_of(rows[i].in, &base), str_of(rows[i].want), rows[i].in);
}

static void
pieces(void)
{
	struct url u;
	struct ip ip;

	if (!test_ok(url_parse(pool, STR("https://u:p@h.test:8443/x/y?a=b#c"), NULL, &u) == RC_OK, "all pieces"))
		return;
	test_str(u.scheme, STR("https"), "scheme");
	test_str(u.userinfo, STR("u:p"), "userinfo");
	test_str(u.host, STR("h.test"), "host");
	test_int(u.port, 8443, "port");
	test_str(u.path, STR("/x/y"), "path");
	test_str(u.query, STR("a=b"), "query");
	test_str(u.fragment, STR("c"), "fragment");
	test_ok(u.host_kind == URL_DOMAIN && url_is_web(&u) && !url_address(&u, &ip), "a name");
	test_ok(url_parse(pool, STR("http://[::ffff:192.0.2.66]/"), NULL, &u) == RC_OK && url_address(&u, &ip) &&
	    str_eq(ip_text(pool, &ip), STR("192.0.2.66")), "a mapped address is the IPv4 address");
	test_ok(url_parse(pool, STR("mailto:x"), NULL, &u) == RC_OK && u.host_kind == URL_NO_HOST && u.opaque_path,
	    "no host");
}

static void
long_ones(void)
{
	static char in[URL_BYTES + 1];
	struct url u;

	memset(in, 'a', sizeof(in));
	memcpy(in, "http://x/", 9);
	test_int(url_parse(pool, (struct str){ in, sizeof(in) }, NULL, &u), RC_LIMIT, "over the limit");
	test_int(url_parse(pool, (struct str){ in, URL_BYTES }, NULL, &u), RC_OK, "at the limit");
	for (size_t i = 9; i + 3 <= URL_BYTES; i += 3)
		memcpy(in + i, "../", 3);
	test_ok(url_parse(pool, (struct str){ in, URL_BYTES }, NULL, &u) == RC_OK && u.path.n < 8, "only dots");
	for (size_t i = 7; i + 2 <= URL_BYTES; i += 2)
		memcpy(in + i, "\xc3\xbc", 2);
	test_int(url_parse(pool, (struct str){ in, URL_BYTES }, NULL, &u), RC_BAD, "a host over its limit");
}

static void
registered(void)
{
	static const struct { const char *in, *want; } rows[] = {
		{ "www.example.com", "example.com" },
		{ "a.b.example.co.jp", "example.co.jp" },
		{ "example.co.jp.", "example.co.jp" },
		{ "co.jp", "co.jp" },
		{ "site.github.io", "site.github.io" },
		{ "a.site.github.io", "site.github.io" },
		{ "www.city.kobe.jp", "city.kobe.jp" },
		{ "192.0.2.1", "192.0.2.1" },
		{ "[2001:db8::1]", "[2001:db8::1]" },
		{ "a.xn--39sz56k.xn--r8jz45g", "xn--39sz56k.xn--r8jz45g" },
		{ "localhost", "localhost" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		test_str(url_registered(str_of(rows[i].in)), str_of(rows[i].want), rows[i].in);
}

int
main(void)
{
	pool = pool_new(0);
	absolute();
	relative();
	pieces();
	long_ones();
	registered();
	pool_free(&pool);
	return test_done();
}
