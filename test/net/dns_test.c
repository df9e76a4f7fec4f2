/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "net/dns.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "net/zone.h"
#include "test.h"

static const char zone_text[] =
	"a.example A 192.0.2.1\n"
	"a.example A 192.0.2.2\n"
	"a.example AAAA 2001:db8::1\n"
	"a.example MX 10 MX1.a.Example\n"
	"a.example MX 20 mx2.a.example\n"
	"a.example TXT \"v=spf1 \" \"-all\"\n"
	"a.example TXT \"\"\n"
	"a.example TXT \"b\\000\\255\"\n"
	"a.example NS ns.a.example\n"
	"a.example SOA ns.a.example hostmaster.a.example 1 2 3 4 60\n"
	"null.example MX 0 .\n"
	"1.2.0.192.in-addr.arpa PTR Mail.A.example\n"
	"1.0.0.10.in-addr.arpa PTR lan.a.example\n"
	"odd.example PTR \"we\\032ird\\\\x.a.example\"\n"
	"sp\\032ace\\\\.example A 192.0.2.9\n"
	"alias.example CNAME chain.example\n"
	"chain.example CNAME a.example\n"
	"lost.example CNAME nowhere.example\n"
	"half.example CNAME a.example\n"
	"round.example CNAME about.example\n"
	"about.example CNAME round.example\n"
	"*.wild.example A 127.0.0.2\n"
	"deep.below.example A 192.0.2.3\n"
	"servfail.example !servfail\n"
	"refused.example !refused\n"
	"formerr.example !formerr\n"
	"silent.example !timeout\n"
	"slow.example A 192.0.2.4\n"
	"slow.example !delay 150\n"
	"tcp.example TXT \"over TCP\"\n"
	"tcp.example !truncate\n"
	"cut.example !cut\n"
	"id.example A 192.0.2.5\n"
	"id.example !wrong_id\n"
	"name.example A 192.0.2.6\n"
	"name.example !wrong_name\n"
	"type.example A 192.0.2.7\n"
	"type.example TXT \"text\"\n"
	"type.example !wrong_type\n"
	"class.example A 192.0.2.8\n"
	"class.example !wrong_class\n"
	"garbage.example !garbage\n"
	"bad.example RAW A 010203\n"
	"badtxt.example RAW TXT 05616263\n"
	"short.example 1 A 192.0.2.10\n"
	"zero.example 0 A 192.0.2.11\n"
	"local.test A 192.0.2.12\n"
	"*.many.example A 127.0.0.2\n";

struct fixture {
	struct zone *zone;
	struct dns *dns;
	struct pool *pool;
	struct dns_conf conf;
	struct str server;
	char forward[32];
};

static void
quiet(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg;
	(void)level;
	printf("# log: %.*s\n", (int)n, line);
}

static const struct log test_log = { .write = quiet, .level = LOG_LEVEL_INFO };

static void
set_up(struct fixture *f, const char *text)
{
	struct buf why;

	buf_init(&why, 4096);
	memset(f, 0, sizeof(*f));
	f->pool = pool_new(0);
	if (zone_new(text, 0, &f->zone, &why) != RC_OK) {
		printf("Bail out! %s\n", buf_cstr(&why));
		exit(1);
	}
	zone_forward(f->zone, f->forward);
	f->server = str_of(f->forward);
	f->conf = (struct dns_conf){
		.enable = true, .forward = { &f->server, 1 }, .phase_ms = 300, .message_ms = 1000,
		.inflight_max = 2000, .cache_size = 4 * 1024 * 1024, .ttl_max = 3600000
	};
	buf_clear(&why);
}

static void
start(struct fixture *f)
{
	struct buf why;

	buf_init(&why, 4096);
	if (dns_new(&f->conf, (struct log_ctx){ &test_log, "-" }, &f->dns, &why) != RC_OK) {
		printf("Bail out! %s\n", buf_cstr(&why));
		exit(1);
	}
	buf_clear(&why);
}

static void
tear_down(struct fixture *f)
{
	dns_free(&f->dns);
	zone_free(&f->zone);
	pool_free(&f->pool);
}

static struct str
show(struct pool *pool, const struct dns_answer *a)
{
	struct buf b;
	struct str out;

	buf_init(&b, 65536);
	buf_adds(&b, dns_rc_name(a->rc));
	for (size_t i = 0; i < a->n; i++) {
		buf_adds(&b, " ");
		if (a->records[i].preference)
			buf_printf(&b, "%u:", a->records[i].preference);
		buf_add(&b, a->records[i].text);
	}
	out = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

static void
test_answers(void)
{
	static const struct {
		const char *name;
		enum dns_type type;
		struct str want, or;
	} cases[] = {
		{ "a.example", DNS_A, STR("OK 192.0.2.1 192.0.2.2"), STR("OK 192.0.2.2 192.0.2.1") },
		{ "A.Example.", DNS_AAAA, STR("OK 2001:db8::1"), STR_NONE },
		{ "a.example", DNS_MX, STR("OK 10:mx1.a.example 20:mx2.a.example"), STR("OK 20:mx2.a.example 10:mx1.a.example") },
		{ "a.example", DNS_NS, STR("OK ns.a.example"), STR_NONE },
		{ "a.example", DNS_SOA, STR("OK ns.a.example"), STR_NONE },
		{ "null.example", DNS_MX, STR("OK "), STR_NONE },
		{ "1.2.0.192.in-addr.arpa", DNS_PTR, STR("OK mail.a.example"), STR_NONE },
		{ "1.0.0.10.in-addr.arpa", DNS_PTR, STR("OK lan.a.example"), STR_NONE },
		{ "odd.example", DNS_PTR, STR("OK we\\032ird\\092x.a.example"), STR_NONE },
		{ "sp ace\\.example", DNS_A, STR("OK 192.0.2.9"), STR_NONE },
		{ "alias.example", DNS_A, STR("OK 192.0.2.1 192.0.2.2"), STR("OK 192.0.2.2 192.0.2.1") },
		{ "lost.example", DNS_A, STR("NXDOMAIN"), STR_NONE },
		{ "half.example", DNS_PTR, STR("NODATA"), STR_NONE },
		{ "round.example", DNS_A, STR("FAIL"), STR("NODATA") },
		{ "x.y.wild.example", DNS_A, STR("OK 127.0.0.2"), STR_NONE },
		{ "wild.example", DNS_A, STR("NODATA"), STR_NONE },
		{ "below.example", DNS_A, STR("NODATA"), STR_NONE },
		{ "a.example", DNS_PTR, STR("NODATA"), STR_NONE },
		{ "nowhere.example", DNS_A, STR("NXDOMAIN"), STR_NONE },
		{ "servfail.example", DNS_A, STR("FAIL"), STR_NONE },
		{ "refused.example", DNS_A, STR("FAIL"), STR_NONE },
		{ "formerr.example", DNS_A, STR("FAIL"), STR_NONE },
		{ "slow.example", DNS_A, STR("OK 192.0.2.4"), STR_NONE },
		{ "tcp.example", DNS_TXT, STR("OK over TCP"), STR_NONE },
		{ "cut.example", DNS_TXT, STR("FAIL"), STR("TIMEOUT") },
		{ "id.example", DNS_A, STR("TIMEOUT"), STR("FAIL") },
		{ "name.example", DNS_A, STR("NODATA"), STR("FAIL") },
		{ "type.example", DNS_A, STR("NODATA"), STR("FAIL") },
		{ "class.example", DNS_A, STR("FAIL"), STR("NODATA") },
		{ "garbage.example", DNS_A, STR("FAIL"), STR("TIMEOUT") },
		{ "bad.example", DNS_A, STR("FAIL"), STR_NONE },
		{ "badtxt.example", DNS_TXT, STR("FAIL"), STR_NONE },
		{ "silent.example", DNS_A, STR("TIMEOUT"), STR_NONE },
		{ "local.test", DNS_A, STR("OK 192.0.2.12"), STR_NONE },
		{ "", DNS_A, STR("BAD_NAME"), STR_NONE },
		{ ".", DNS_A, STR("BAD_NAME"), STR_NONE },
		{ "a..example", DNS_A, STR("BAD_NAME"), STR_NONE },
		{ ".a.example", DNS_A, STR("BAD_NAME"), STR_NONE },
	};
	struct fixture f;
	struct dns_batch *b;

	set_up(&f, zone_text);
	start(&f);
	b = dns_batch_new(f.dns, f.pool, clock_mono_ms() + 2500);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		dns_want(b, cases[i].type, str_of(cases[i].name));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str got = show(f.pool, dns_get(b, cases[i].type, str_of(cases[i].name)));
		struct str label = pool_printf(f.pool, "%s %s", cases[i].name, dns_type_name(cases[i].type));

		bool other = cases[i].or.n && str_eq(got, cases[i].or);

		test_str(got, other ? cases[i].or : cases[i].want, pool_cstr(f.pool, label));
	}
	dns_batch_free(&b);
	tear_down(&f);
}

int
main(void)
{
	test_answers();
	return test_done();
}
