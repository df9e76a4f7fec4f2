/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/known_hosts.h"

#include "test.h"

static struct pool *pool;

static struct str
names(unsigned bits)
{
	return pool_printf(pool, "%s%s%s", bits & KNOWN_SHORTENER ? "shortener " : "", bits & KNOWN_FREE ? "free " : "",
	    bits & KNOWN_REDIRECT ? "redirect " : "");
}

static void
expect(const struct known_hosts *k, const char *host, const char *want)
{
	test_str(names(known_hosts_find(k, str_of(host))), str_of(want), host);
}

static void
expect_led(const struct known_hosts *k, const char *in, const char *want)
{
	struct url u, to;
	bool led = url_parse(pool, str_of(in), NULL, &u) == RC_OK && known_hosts_redirect(k, pool, &u, &to);

	test_str(led ? to.href : STR("no"), str_of(want), in);
}

/* A row that is not where the order of hosts puts it is never found. */
static void
test_order(void)
{
	size_t missed = 0;

#define SHORTENER(host) missed += !(known_hosts_find(NULL, STR(host)) & KNOWN_SHORTENER);
#define FREE(host) missed += !(known_hosts_find(NULL, STR(host)) & KNOWN_FREE);
#include "link/known_hosts.list"
#define REDIRECT(host, path, param) missed += !(known_hosts_find(NULL, STR(host)) & KNOWN_REDIRECT);
#include "link/redirects.list"
	test_int((long long)missed, 0, "every row of the lists is found");
}

static void
test_builtin(void)
{
	static const struct { const char *host, *want; } cases[] = {
		{ "bit.ly", "shortener " }, { "www.bit.ly", "shortener " }, { "xbit.ly", "" }, { "ly", "" }, { "", "" },
		{ "192.0.2.1", "" }, { "[2001:db8::1]", "" }, { "smbc-login.duckdns.org", "free " },
		{ "a.b.workers.dev", "free " }, { "amazonaws.com", "" }, { "bucket.s3.amazonaws.com", "free " },
		{ "ad.doubleclick.net", "redirect " }, { "example.org", "" }, { "amzn.to", "" },
	};
	static const struct { const char *in, *want; } led[] = {
		{ "https://googleads.g.doubleclick.net/pcs/click?xai=1&adurl=https%3A%2F%2Fbad.test%2Fx", "https://bad.test/x" },
		{ "https://googleads.g.doubleclick.net/pcs/click?xai=1&ADURL=//bad.test/x", "https://bad.test/x" },
		{ "https://googleads.g.doubleclick.net/other?adurl=https%3A%2F%2Fbad.test%2Fx", "no" },
		{ "https://ad.doubleclick.net/aclk?adurl=https%253A%252F%252Fbad.test", "https://bad.test/" },
		{ "https://ad.doubleclick.net/aclk?adurl=https%25253A%25252F%25252Fbad.test", "no" },
		{ "https://ad.doubleclick.net/aclk?adurl=bad.test", "no" },
		{ "https://ad.doubleclick.net/aclk?adurl=javascript:alert(1)", "no" },
		{ "https://ad.doubleclick.net/aclk?adurl=", "no" },
		{ "https://ad.doubleclick.net/aclk?adurl=https://www.doubleclick.net/x", "no" },
		{ "https://ad.doubleclick.net/aclk?x=1&amp;adurl=http:%5C%5Cbad.test", "http://bad.test/" },
		{ "https://ad.doubleclick.net/aclk", "no" },
		{ "https://ad.doubleclick.net.bad.test/aclk?adurl=https://good.test/", "no" },
		{ "https://href.li/?https://bad.test/a?b=c", "https://bad.test/a?b=c" },
		{ "https://newegg.com/RTS/go2.aspx?x=http://bad.test", "http://bad.test/" },
		{ "https://192.0.2.1/aclk?adurl=https://bad.test/", "no" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		expect(NULL, cases[i].host, cases[i].want);
	for (size_t i = 0; i < sizeof(led) / sizeof(*led); i++)
		expect_led(NULL, led[i].in, led[i].want);
}

static const struct known_hosts *
parse(const char *text, bool builtin, struct buf *out)
{
	struct conf_errors errors = { .out = out };
	const struct known_hosts *k = known_hosts_parse(pool, "/etc/hosts.list", str_of(text), builtin, &errors);

	conf_errors_sort(&errors);
	return k;
}

static void
test_operator(void)
{
	static const char text[] = "# ours\n\nshortener go.example\r\n  Free  Pages.EXAMPLE\nfree 日本語.example\n"
	    "not bit.ly\nnot doubleclick.net\nshortener good.doubleclick.net\n"
	    "redirect www.shop.example /login next\nredirect www.shop.example *out ?\n";
	struct buf why;
	const struct known_hosts *k;

	buf_init(&why, 4096);
	k = parse(text, true, &why);
	test_str(buf_str(&why), STR(""), "a list without errors");
	expect(k, "x.go.example", "shortener ");
	expect(k, "pages.example", "free ");
	expect(k, "xn--wgv71a119e.example", "free ");
	expect(k, "www.bit.ly", "");
	expect(k, "cutt.ly", "shortener ");
	expect(k, "good.doubleclick.net", "shortener ");
	expect(k, "www.shop.example", "redirect ");
	expect_led(k, "https://www.shop.example/login?next=https://bad.test/", "https://bad.test/");
	expect_led(k, "https://www.shop.example/a/out?https://bad.test/", "https://bad.test/");
	expect_led(k, "https://www.shop.example/a?next=https://bad.test/", "no");
	expect_led(k, "https://ad.doubleclick.net/aclk?adurl=https://bad.test/", "no");
	expect_led(k, "https://href.li/?https://bad.test/", "https://bad.test/");
	k = parse("free pages.example", false, &why);
	expect(k, "pages.example", "free ");
	expect(k, "cutt.ly", "");
	expect_led(k, "https://href.li/?https://bad.test/", "no");
	buf_clear(&why);
}

static void
test_errors(void)
{
	struct buf why;
	const struct known_hosts *k;

	buf_init(&why, 4096);
	k = parse("shortner go.example\nfree\nfree a.example b.example\nfree https://pages.example/x\nfree .pages.example\n"
	    "free pages.example/\nfree com\nredirect www.shop.example login next\nredirect www.shop.example /login\n"
	    "what is.this\nfree good.example\n", true, &why);
	test_str(buf_str(&why),
	    STR("/etc/hosts.list:1: shortner: is none of shortener, free, redirect, not; did you mean 'shortener'?\n"
	    "/etc/hosts.list:2: free: write free HOST\n"
	    "/etc/hosts.list:3: free: write free HOST\n"
	    "/etc/hosts.list:4: https://pages.example/x: is no host; did you mean 'pages.example'?\n"
	    "/etc/hosts.list:5: .pages.example: is no host; did you mean 'pages.example'?\n"
	    "/etc/hosts.list:6: pages.example/: is no host; did you mean 'pages.example'?\n"
	    "/etc/hosts.list:7: com: is no host such as go.example.com\n"
	    "/etc/hosts.list:8: login: is no path; did you mean '/login'?\n"
	    "/etc/hosts.list:9: redirect: write redirect HOST PATH PARAMETER\n"
	    "/etc/hosts.list:10: what: is none of shortener, free, redirect, not\n"), "all errors at once");
	expect(k, "good.example", "free ");
	buf_clear(&why);
}

int
main(void)
{
	pool = pool_new(0);
	test_order();
	test_builtin();
	test_operator();
	test_errors();
	pool_free(&pool);
	return test_done();
}
