/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include "base/ip.h"

static void
texts(void)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "2001:DB8:0:0::1", "2001:db8::1" },
		{ "::", "::" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::FFFF:c000:201", "192.0.2.1" },
		{ "::192.0.2.1", "::192.0.2.1" },
		{ "192.0.2", "" }, { "192.0.2.01", "" }, { "192.0.2.256", "" }, { "192.0.2.1.", "" },
		{ "192.0.2.1 ", "" }, { "1::2::3", "" }, { "fe80::1%eth0", "" }, { "[::1]", "" }, { "", "" },
		{ "1:2:3:4:5:6:7:8:9", "" }, { "mail.example", "" },
		{ "0000000000000000000000000000000000000000000000000000000000000000000000001", "" },
	};
	struct pool *pool = pool_new(0);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ip ip;
		bool ok = ip_parse(str_of(cases[i].in), &ip);

		test_str(ok ? ip_text(pool, &ip) : STR(""), str_of(cases[i].want), cases[i].in);
	}
	pool_free(&pool);
}

static void
families(void)
{
	struct ip ip;

	test_ok(!ip_parse((struct str){ "192.0.2.1\0x", 11 }, &ip), "a NUL is no end");
	test_ok(!ip_parse_v4(STR("::1"), &ip), "IPv6 is not IPv4");
	test_ok(!ip_parse_v6(STR("192.0.2.1"), &ip), "IPv4 is not IPv6");
	test_ok(ip_parse_v6(STR("::ffff:192.0.2.1"), &ip) && ip.bits == 128, "a mapped address stays IPv6 where asked");
}

static void
networks(void)
{
	static const struct { const char *net, *ip; bool in; } cases[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.77/24", "192.0.2.1", true },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.128/25", "192.0.2.128", true },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1/32", "192.0.2.2", false },
		{ "192.0.2.0/31", "192.0.2.1", true },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "::1", false },
		{ "::/0", "192.0.2.1", false },
		{ "::/0", "2001:db8::1", true },
		{ "2001:db8:8000::/33", "2001:db8:8001::1", true },
		{ "2001:db8:8000::/33", "2001:db8:7fff::1", false },
		{ "2001:db8::1/128", "2001:db8::1", true },
		{ "2001:db8::1/128", "2001:db8::2", false },
		{ "::ffff:192.0.2.0/120", "192.0.2.9", true },
		{ "::ffff:192.0.2.0/120", "192.0.3.9", false },
		{ "::/8", "192.0.2.1", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char name[100];
		struct ip_net net;
		struct ip ip;

		snprintf(name, sizeof(name), "%s in %s", cases[i].ip, cases[i].net);
		test_ok(ip_net_parse(str_of(cases[i].net), &net) && ip_parse(str_of(cases[i].ip), &ip) &&
		    ip_in(&ip, &net) == cases[i].in, name);
	}
}

static void
bad_networks(void)
{
	static const char *const cases[] = { "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/2x", "/8",
		"2001:db8::/129", "192.0.2.0/24/24", "192.0.2.0/99999999999999999999" };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ip_net net;

		test_ok(!ip_net_parse(str_of(cases[i]), &net), cases[i]);
	}
}

static void
same(void)
{
	const unsigned char b[16] = { 192, 0, 2, 1, 9, 9, 9, 9 };
	struct ip a = ip_of_bytes(b, 32), c;

	test_ok(ip_parse(STR("192.0.2.1"), &c) && ip_eq(&a, &c), "bytes behind an IPv4 address do not count");
	c.bits = 128;
	test_ok(!ip_eq(&a, &c), "another family is another address");
}

int
main(void)
{
	texts();
	families();
	networks();
	bad_networks();
	same();
	return test_done();
}
