/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/iprev.h"

#include "net/dns_fixture.h"
#include "test.h"

enum { PATIENCE_MS = 10000, TIMEOUT_MS = 500 };

static const char zone_text[] =
	"1.2.0.192.in-addr.arpa PTR mail.sender.example\n"
	"mail.sender.example A 192.0.2.1\n"
	"2.2.0.192.in-addr.arpa PTR liar.sender.example\n"
	"liar.sender.example A 192.0.2.99\n"
	"3.2.0.192.in-addr.arpa PTR gone.sender.example\n"
	"5.2.0.192.in-addr.arpa !servfail\n"
	"6.2.0.192.in-addr.arpa PTR dead.sender.example\n"
	"dead.sender.example !servfail\n"
	"7.2.0.192.in-addr.arpa PTR liar.sender.example\n"
	"7.2.0.192.in-addr.arpa PTR seven.sender.example\n"
	"seven.sender.example A 198.51.100.1\n"
	"seven.sender.example A 192.0.2.7\n"
	"8.2.0.192.in-addr.arpa !timeout\n"
	"9.2.0.192.in-addr.arpa PTR dead.sender.example\n"
	"9.2.0.192.in-addr.arpa PTR nine.sender.example\n"
	"nine.sender.example A 192.0.2.9\n"
	"10.2.0.192.in-addr.arpa PTR .\n"
	"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR six.sender.example\n"
	"six.sender.example AAAA 2001:db8::1\n"
	"six.sender.example A 192.0.2.6\n"
	/* Twelve names. */
	"12.2.0.192.in-addr.arpa PTR n1.sender.example\n12.2.0.192.in-addr.arpa PTR n2.sender.example\n"
	"12.2.0.192.in-addr.arpa PTR n3.sender.example\n12.2.0.192.in-addr.arpa PTR n4.sender.example\n"
	"12.2.0.192.in-addr.arpa PTR n5.sender.example\n12.2.0.192.in-addr.arpa PTR n6.sender.example\n"
	"12.2.0.192.in-addr.arpa PTR n7.sender.example\n12.2.0.192.in-addr.arpa PTR n8.sender.example\n"
	"12.2.0.192.in-addr.arpa PTR n9.sender.example\n12.2.0.192.in-addr.arpa PTR n10.sender.example\n"
	"12.2.0.192.in-addr.arpa PTR n11.sender.example\n12.2.0.192.in-addr.arpa PTR n12.sender.example\n";

static struct auth_iprev
check(struct dns_fixture *f, struct pool *pool, const char *addr, int64_t ms)
{
	struct dns_batch *dns = dns_batch_new(f ? f->dns : NULL, pool, clock_mono_ms() + ms);
	struct auth_iprev out = { .result = AUTH_POLICY };
	struct ip ip;

	if (ip_parse(str_of(addr), &ip)) {
		iprev_want(dns, pool, &ip);
		out = iprev_check(dns, pool, &ip);
	}
	dns_batch_free(&dns);
	return out;
}

static void
results(struct dns_fixture *f)
{
	static const struct { const char *addr, *want; } cases[] = {
		{ "192.0.2.1", "pass mail.sender.example" },
		{ "::ffff:192.0.2.1", "pass mail.sender.example" },
		{ "2001:db8::1", "pass six.sender.example" },
		{ "192.0.2.2", "fail liar.sender.example" },
		{ "192.0.2.3", "fail gone.sender.example" },
		{ "192.0.2.4", "permerror " },
		{ "192.0.2.5", "temperror " },
		{ "192.0.2.6", "temperror dead.sender.example" },
		{ "192.0.2.7", "pass seven.sender.example" },
		{ "192.0.2.8", "temperror " },
		{ "192.0.2.9", "pass nine.sender.example" },
		{ "192.0.2.10", "fail " },
		{ "2001:db8::2", "permerror " },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pool *pool = pool_new(0);
		bool slow = strcmp(cases[i].addr, "192.0.2.8") == 0;
		struct auth_iprev got = check(f, pool, cases[i].addr, slow ? TIMEOUT_MS : PATIENCE_MS);

		test_str(pool_printf(pool, "%s %.*s", auth_result_name(got.result), STR_ARG(got.name)),
		    str_of(cases[i].want), cases[i].addr);
		pool_free(&pool);
	}
}

static void
limit(struct dns_fixture *f)
{
	struct pool *pool = pool_new(0);
	unsigned asked = 0;

	test_int(check(f, pool, "192.0.2.12", PATIENCE_MS).result, AUTH_FAIL, "names that are not there");
	for (int i = 1; i <= 12; i++)
		asked += zone_asked(f->zone, pool_printf(pool, "n%d.sender.example", i).p, "A") > 0;
	test_int(asked, IPREV_NAMES, "no more names are asked for than the limit");
	test_int(check(NULL, pool, "192.0.2.1", PATIENCE_MS).result, AUTH_UNKNOWN, "without resolver nothing is known");
	pool_free(&pool);
}

int
main(void)
{
	struct dns_fixture f;

	dns_fixture_open(&f, zone_text);
	results(&f);
	limit(&f);
	dns_fixture_close(&f);
	return test_done();
}
