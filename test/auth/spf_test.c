/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/auth/spf_match.c
 *
 * Cases of RFC 7208's own examples and of its rules; spf_suite_test runs the published suite. */
#include "auth/spf.h"

#include "net/dns_fixture.h"
#include "test.h"

enum { PATIENCE_MS = 10000, TIMEOUT_MS = 500 };

static const char zone_text[] =
	/* RFC 7208 Appendix A */
	"example.com A 192.0.2.10\n"
	"example.com A 192.0.2.11\n"
	"example.com MX 10 mail-a.example.com\n"
	"example.com MX 20 mail-b.example.com\n"
	"amy.example.com A 192.0.2.65\n"
	"bob.example.com A 192.0.2.66\n"
	"mail-a.example.com A 192.0.2.129\n"
	"mail-b.example.com A 192.0.2.130\n"
	"example.org MX 10 mail-c.example.org\n"
	"mail-c.example.org A 192.0.2.140\n"
	"10.2.0.192.in-addr.arpa PTR example.com\n"
	"11.2.0.192.in-addr.arpa PTR example.com\n"
	"65.2.0.192.in-addr.arpa PTR amy.example.com\n"
	"66.2.0.192.in-addr.arpa PTR bob.example.com\n"
	"140.2.0.192.in-addr.arpa PTR mail-c.example.org\n"
	"4.0.0.10.in-addr.arpa PTR bob.example.com\n"
	"a1.example TXT \"v=spf1 +all\"\n"
	"a2.example TXT \"v=spf1 a:example.com -all\"\n"
	"a3.example TXT \"v=spf1 a:example.org -all\"\n"
	"a4.example TXT \"v=spf1 mx:example.com -all\"\n"
	"a5.example TXT \"v=spf1 mx:example.com mx:example.org -all\"\n"
	"a6.example TXT \"v=spf1 mx:example.com/30 mx:example.org/30 -all\"\n"
	"a7.example TXT \"v=spf1 ptr:example.com -all\"\n"
	"a8.example TXT \"v=spf1 ip4:192.0.2.128/28 -all\"\n"
	"la.example TXT \"v=spf1 redirect=la1.example\"\n"
	"la1.example TXT \"v=spf1 mx:example.com -all\"\n"
	"_spf.mobile.example TXT \"v=spf1 exists:%{l}._users.%{d2} -all\"\n"
	"bob._users.mobile.example A 127.0.0.1\n"
	"user.mobile.example TXT \"v=spf1 redirect=_spf.mobile.example\"\n"
	/* who is asked about */
	"none.example A 192.0.2.1\n"
	"nomail.example TXT \"v=spf1 -all\"\n"
	"nomail2.example TXT \"v=spf1 redirect=nomail.example\"\n"
	"helo.sender.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
	"postmaster.example TXT \"v=spf1 exists:%{l}.%{o}.is.example -all\"\n"
	"postmaster.postmaster.example.is.example A 127.0.0.2\n"
	"two.example TXT \"v=spf1 -all\"\n"
	"two.example TXT \"v=spf1 +all\"\n"
	"other.example TXT \"v=spf10 -all\"\n"
	"other.example TXT \"site-verification=1\"\n"
	"joined.example TXT \"v=spf1 ip4:192.0\" \".2.1 -all\"\n"
	/* limits */
	"loop.example TXT \"v=spf1 include:loop.example -all\"\n"
	"chain.example TXT \"v=spf1 redirect=chain.example\"\n"
	"many.example TXT \"v=spf1 a:v.example a:w.example a:v.example a:w.example a:v.example a:w.example "
		"a:v.example a:w.example a:v.example a:w.example ip4:192.0.2.1 -all\"\n"
	"more.example TXT \"v=spf1 a:v.example a:w.example a:v.example a:w.example a:v.example a:w.example "
		"a:v.example a:w.example a:v.example a:w.example a:v.example ip4:192.0.2.1 -all\"\n"
	"v.example A 198.51.100.1\n"
	"w.example A 198.51.100.2\n"
	"void2.example TXT \"v=spf1 a:no1.example a:no2.example ip4:192.0.2.1 -all\"\n"
	"void3.example TXT \"v=spf1 a:no1.example a:no2.example exists:no3.example ip4:192.0.2.1 -all\"\n"
	"servers.example TXT \"v=spf1 mx -all\"\n"
	"servers.example MX 1 s1.servers.example\nservers.example MX 2 s2.servers.example\n"
	"servers.example MX 3 s3.servers.example\nservers.example MX 4 s4.servers.example\n"
	"servers.example MX 5 s5.servers.example\nservers.example MX 6 s6.servers.example\n"
	"servers.example MX 7 s7.servers.example\nservers.example MX 8 s8.servers.example\n"
	"servers.example MX 9 s9.servers.example\nservers.example MX 10 s10.servers.example\n"
	"servers.example MX 11 s11.servers.example\n"
	"s1.servers.example A 192.0.2.1\n"
	"deadmx.example TXT \"v=spf1 mx -all\"\n"
	"deadmx.example MX 1 dead.example\n"
	"deadmx.example MX 2 s1.servers.example\n"
	"grow.example TXT \"v=spf1 exists:%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}"
		"%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}.x.example -all\"\n"
	/* errors */
	"dead.example !servfail\n"
	"silent.example !timeout\n"
	"incdead.example TXT \"v=spf1 include:dead.example -all\"\n"
	"incnone.example TXT \"v=spf1 include:none.example -all\"\n"
	"incbad.example TXT \"v=spf1 include:bad.example -all\"\n"
	"bad.example TXT \"v=spf1 ip5:192.0.2.1 -all\"\n"
	"nested.example TXT \"v=spf1 ?include:level1.example -all\"\n"
	"level1.example TXT \"v=spf1 ~include:level2.example include:level3.example -all\"\n"
	"level2.example TXT \"v=spf1 ip4:203.0.113.1 -all\"\n"
	"level3.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
	/* explanations */
	"exp.example TXT \"v=spf1 -all exp=text.example\"\n"
	"text.example TXT \"%{i} is not %{o}, says %{R}%_at %{t}\"\n"
	"exphelo.example TXT \"v=spf1 -all exp=helotext.example\"\n"
	"helotext.example TXT \"you are %{h}\"\n"
	/* IPv6 */
	"six.example TXT \"v=spf1 ip6:2001:db8::/32 -ip4:192.0.2.0/24 ?all\"\n"
	"six4.example TXT \"v=spf1 a:example.com -all\"\n"
	"log.example TXT \"v=spf1 exists:%{ir}.%{v}.log.example -all\"\n"
	"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.log.example A 127.0.0.2\n"
	/* senders that are not ASCII */
	"xn--bcher-kva.example TXT \"v=spf1 exists:%{d}.ok.example -all\"\n"
	"xn--bcher-kva.example.ok.example A 127.0.0.2\n"
	"local.example TXT \"v=spf1 exists:%{l}.ok.example include:%{s}.example ~all exp=hello.example\"\n"
	"hello.example TXT \"hello %{l}\"\n"
	"\\195\\188.ok.example A 127.0.0.2\n"
	/* macros of the client's name */
	"pname.example TXT \"v=spf1 exists:%{p}.ok.example -all\"\n"
	"amy.example.com.ok.example A 127.0.0.2\n"
	"unknown.ok.example A 127.0.0.2\n"
	"quiet.example TXT \"v=spf1 ip4:192.0.2.1 a:notasked.example include:notasked.example mx -all\"\n";

/* Everything is slow, so that the resolver does not think a server lost its question. */
static const char slow_text[] =
	"slow0.example TXT \"v=spf1 include:slow1.example include:slow2.example include:slow3.example "
		"include:slow4.example a:slow5.example mx:slow6.example -all\"\n"
	"slow1.example TXT \"v=spf1 -all\"\nslow2.example TXT \"v=spf1 -all\"\n"
	"slow3.example TXT \"v=spf1 -all\"\nslow4.example TXT \"v=spf1 -all\"\n"
	"slow5.example A 198.51.100.5\nslow6.example MX 1 slow7.example\nslow7.example A 198.51.100.7\n"
	"slow0.example !delay 300\nslow1.example !delay 300\nslow2.example !delay 300\nslow3.example !delay 300\n"
	"slow4.example !delay 300\nslow5.example !delay 300\nslow6.example !delay 300\nslow7.example !delay 300\n";

struct check_case {
	const char *ip, *sender, *helo, *want;
};

static struct auth_spf
check(struct dns_fixture *f, struct pool *pool, const struct check_case *c, enum spf_identity identity, int64_t ms)
{
	struct spf_query q = { .sender = str_of(c->sender), .helo = str_of(c->helo), .receiver = STR("gate.example.net"),
	    .now_sec = 1700000000 };
	struct dns_batch *dns = dns_batch_new(f ? f->dns : NULL, pool, clock_mono_ms() + ms);
	struct auth_spf out = { .result = AUTH_POLICY };

	if (ip_parse(str_of(c->ip), &q.ip)) {
		spf_want(dns, pool, &q, identity);
		out = spf_check(dns, pool, &q, identity);
	}
	dns_batch_free(&dns);
	return out;
}

static void
judge(struct dns_fixture *f, const struct check_case *cases, size_t n, enum spf_identity identity)
{
	for (size_t i = 0; i < n; i++) {
		struct pool *pool = pool_new(0);
		bool slow = strstr(cases[i].sender, "silent.") != NULL;
		struct auth_spf got = check(f, pool, &cases[i], identity, slow ? TIMEOUT_MS : PATIENCE_MS);
		struct str text = pool_printf(pool, "%s %.*s (%.*s)%s%s%.*s", auth_result_name(got.result),
		    STR_ARG(got.domain), STR_ARG(got.why), got.no_mail ? " no mail" : "", got.text.n ? " " : "",
		    STR_ARG(got.text));

		test_str(text, str_of(cases[i].want), cases[i].want);
		pool_free(&pool);
	}
}

#define H "helo.sender.example"

static void
mail_from(struct dns_fixture *f)
{
	static const struct check_case cases[] = {
		{ "192.0.2.1", "u@a1.example", H, "pass a1.example (+all)" },
		{ "192.0.2.10", "u@a2.example", H, "pass a2.example (a:example.com)" },
		{ "192.0.2.65", "u@a2.example", H, "fail a2.example (-all)" },
		{ "192.0.2.10", "u@a3.example", H, "fail a3.example (-all)" },
		{ "192.0.2.129", "u@a4.example", H, "pass a4.example (mx:example.com)" },
		{ "192.0.2.140", "u@a4.example", H, "fail a4.example (-all)" },
		{ "192.0.2.140", "u@a5.example", H, "pass a5.example (mx:example.org)" },
		{ "192.0.2.131", "u@a6.example", H, "pass a6.example (mx:example.com/30)" },
		{ "192.0.2.143", "u@a6.example", H, "pass a6.example (mx:example.org/30)" },
		{ "192.0.2.144", "u@a6.example", H, "fail a6.example (-all)" },
		{ "192.0.2.65", "u@a7.example", H, "pass a7.example (ptr:example.com)" },
		{ "192.0.2.140", "u@a7.example", H, "fail a7.example (-all)" },
		{ "10.0.0.4", "u@a7.example", H, "fail a7.example (-all)" },
		{ "192.0.2.65", "u@a8.example", H, "fail a8.example (-all)" },
		{ "192.0.2.129", "u@a8.example", H, "pass a8.example (ip4:192.0.2.128/28)" },
		{ "192.0.2.129", "u@la.example", H, "pass la.example (mx:example.com)" },
		{ "192.0.2.1", "bob@user.mobile.example", H, "pass user.mobile.example (exists:%{l}._users.%{d2})" },
		{ "192.0.2.1", "eve@user.mobile.example", H, "fail user.mobile.example (-all)" },
		{ "192.0.2.1", "u@none.example", H, "none none.example (no record)" },
		{ "192.0.2.1", "u@nowhere.example", H, "none nowhere.example (no record)" },
		{ "192.0.2.1", "u@nomail.example", H, "fail nomail.example (-all) no mail" },
		{ "192.0.2.1", "u@nomail2.example", H, "fail nomail2.example (-all) no mail" },
		{ "192.0.2.1", "u@a1.example.", H, "pass a1.example (+all)" },
		{ "192.0.2.1", "\"a@b\"@A1.Example", H, "pass A1.Example (+all)" },
		{ "192.0.2.1", "", H, "pass helo.sender.example (ip4:192.0.2.1)" },
		{ "192.0.2.9", "", H, "fail helo.sender.example (-all)" },
		{ "192.0.2.9", "", "postmaster.example", "pass postmaster.example (exists:%{l}.%{o}.is.example)" },
		{ "192.0.2.9", "@postmaster.example", H, "pass postmaster.example (exists:%{l}.%{o}.is.example)" },
		{ "192.0.2.9", "u@postmaster.example", H, "fail postmaster.example (-all)" },
		{ "192.0.2.1", "u@two.example", H, "permerror two.example (several records)" },
		{ "192.0.2.1", "u@other.example", H, "none other.example (no record)" },
		{ "192.0.2.1", "u@joined.example", H, "pass joined.example (ip4:192.0.2.1)" },
	};

	judge(f, cases, sizeof(cases) / sizeof(*cases), SPF_MAIL);
}

static void
no_domains(struct dns_fixture *f)
{
	static const struct check_case cases[] = {
		{ "192.0.2.1", "u@[192.0.2.1]", H, "none [192.0.2.1] (no domain)" },
		{ "192.0.2.1", "u@192.0.2.1", H, "none 192.0.2.1 (no domain)" },
		{ "192.0.2.1", "u@localhost", H, "none localhost (no domain)" },
		{ "192.0.2.1", "u@a..example", H, "none a..example (no domain)" },
		{ "192.0.2.1", "u@.example", H, "none .example (no domain)" },
		{ "192.0.2.1", "u@a.example..", H, "none a.example. (no domain)" },
		{ "192.0.2.1", "u@a b.example", H, "none a b.example (no domain)" },
		{ "192.0.2.1", "u@b\xff" "cher.example", H, "none  (no domain)" },
		{ "192.0.2.1", "u@", H, "none  (no domain)" },
		{ "192.0.2.1", "nobody", H, "none  (no domain)" },
		{ "192.0.2.1", "", "", "none  (no domain)" },
		{ "192.0.2.1", "", "[192.0.2.1]", "none [192.0.2.1] (no domain)" },
	};

	judge(f, cases, sizeof(cases) / sizeof(*cases), SPF_MAIL);
}

static void
limits(struct dns_fixture *f)
{
	static char grow[300];
	const struct check_case cases[] = {
		{ "192.0.2.1", "u@loop.example", H,
		    "permerror loop.example (include:loop.example: more than 10 terms that ask)" },
		{ "192.0.2.1", "u@chain.example", H,
		    "permerror chain.example (redirect=chain.example: more than 10 terms that ask)" },
		{ "192.0.2.1", "u@many.example", H, "pass many.example (ip4:192.0.2.1)" },
		{ "192.0.2.1", "u@more.example", H, "permerror more.example (a:v.example: more than 10 terms that ask)" },
		{ "192.0.2.1", "u@void2.example", H, "pass void2.example (ip4:192.0.2.1)" },
		{ "192.0.2.1", "u@void3.example", H,
		    "permerror void3.example (exists:no3.example: more than 2 terms that ask in vain)" },
		{ "192.0.2.1", "u@servers.example", H, "permerror servers.example (mx: more than 10 mail servers)" },
		{ "192.0.2.1", grow, H, "permerror grow.example (exists:%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}"
		    "%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%{l}%: macros expand to too much)" },
	};

	memset(grow, 'x', 200);
	snprintf(grow + 200, 100, "@grow.example");
	judge(f, cases, sizeof(cases) / sizeof(*cases), SPF_MAIL);
}

static void
errors(struct dns_fixture *f)
{
	static const struct check_case cases[] = {
		{ "192.0.2.1", "u@dead.example", H, "temperror dead.example (dead.example: FAIL)" },
		{ "192.0.2.1", "u@silent.example", H, "temperror silent.example (silent.example: TIMEOUT)" },
		{ "192.0.2.1", "u@incdead.example", H, "temperror incdead.example (include:dead.example: dead.example: FAIL)" },
		{ "192.0.2.1", "u@incnone.example", H, "permerror incnone.example (include:none.example: no record)" },
		{ "192.0.2.1", "u@incbad.example", H, "permerror incbad.example (include:bad.example: bad term \"ip5:192.0.2.1\")" },
		{ "192.0.2.1", "u@bad.example", H, "permerror bad.example (bad term \"ip5:192.0.2.1\")" },
		{ "192.0.2.1", "u@nested.example", H, "neutral nested.example (?include:level1.example)" },
		{ "203.0.113.1", "u@nested.example", H, "fail nested.example (-all)" },
		{ "192.0.2.1", "u@deadmx.example", H, "pass deadmx.example (mx)" },
		{ "192.0.2.2", "u@deadmx.example", H, "temperror deadmx.example (mx: dead.example: FAIL)" },
	};

	judge(f, cases, sizeof(cases) / sizeof(*cases), SPF_MAIL);
}

static void
more(struct dns_fixture *f)
{
	static const struct check_case cases[] = {
		{ "192.0.2.1", "u@exp.example", H,
		    "fail exp.example (-all) no mail 192.0.2.1 is not exp.example, says gate.example.net at 1700000000" },
		{ "192.0.2.1", "u@exphelo.example", "x\r\n250 y", "fail exphelo.example (-all) no mail" },
		{ "192.0.2.1", "u@exphelo.example", H, "fail exphelo.example (-all) no mail you are helo.sender.example" },
		{ "2001:db8::1", "u@six.example", H, "pass six.example (ip6:2001:db8::/32)" },
		{ "::ffff:192.0.2.1", "u@six.example", H, "fail six.example (-ip4:192.0.2.0/24)" },
		{ "2001:db8::1", "u@six4.example", H, "fail six4.example (-all)" },
		{ "2001:db8::1", "u@log.example", H, "pass log.example (exists:%{ir}.%{v}.log.example)" },
		{ "192.0.2.1", "u@b\xc3\xbc" "cher.example", H, "pass xn--bcher-kva.example (exists:%{d}.ok.example)" },
		{ "192.0.2.1", "\xc3\xbc@local.example", H, "softfail local.example (~all)" },
		{ "192.0.2.65", "u@pname.example", H, "pass pname.example (exists:%{p}.ok.example)" },
		{ "203.0.113.9", "u@pname.example", H, "pass pname.example (exists:%{p}.ok.example)" },
		{ "10.0.0.4", "u@pname.example", H, "pass pname.example (exists:%{p}.ok.example)" },
	};

	judge(f, cases, sizeof(cases) / sizeof(*cases), SPF_MAIL);
}

static void
helo(struct dns_fixture *f)
{
	static const struct check_case cases[] = {
		{ "192.0.2.1", "u@nomail.example", H, "pass helo.sender.example (ip4:192.0.2.1)" },
		{ "192.0.2.2", "u@a1.example", H, "fail helo.sender.example (-all)" },
		{ "192.0.2.2", "u@a1.example", "postmaster.example", "pass postmaster.example (exists:%{l}.%{o}.is.example)" },
		{ "192.0.2.2", "u@a1.example", "[192.0.2.2]", "none [192.0.2.2] (no domain)" },
	};

	judge(f, cases, sizeof(cases) / sizeof(*cases), SPF_HELO);
}

/* What is asked. */
static void
questions(struct dns_fixture *f)
{
	const struct check_case quiet = { "192.0.2.1", "u@quiet.example", H, "" },
	    loop = { "192.0.2.1", "u@loop.example", H, "" };
	struct pool *pool = pool_new(0);

	test_int(check(f, pool, &quiet, SPF_MAIL, PATIENCE_MS).result, AUTH_PASS, "a term that matches ends it");
	test_int(zone_asked(f->zone, "notasked.example", NULL), 0, "and what follows is not asked for");
	test_int(check(f, pool, &loop, SPF_MAIL, PATIENCE_MS).result, AUTH_PERMERROR, "a record that includes itself");
	test_int(zone_asked(f->zone, "loop.example", "TXT"), 1, "is asked for once");
	pool_free(&pool);
}

/* And when: the record, what its terms name, the addresses of a mail server. */
static void
together(struct dns_fixture *f)
{
	const struct check_case slow = { "192.0.2.1", "u@slow0.example", H, "" };
	struct pool *pool = pool_new(0);
	int64_t start = clock_mono_ms(), took;

	test_int(check(f, pool, &slow, SPF_MAIL, PATIENCE_MS).result, AUTH_FAIL, "eight names of 300 ms");
	took = clock_mono_ms() - start;
	test_ok(took >= 900 && took < 1500, "are three rounds");
	printf("# %d ms, one after the other: 2400\n", (int)took);
	pool_free(&pool);
}

static void
without_resolver(void)
{
	const struct check_case c = { "192.0.2.1", "u@a1.example", H, "" };
	struct pool *pool = pool_new(0);

	test_int(check(NULL, pool, &c, SPF_MAIL, PATIENCE_MS).result, AUTH_UNKNOWN, "without resolver nothing is known");
	pool_free(&pool);
}

int
main(void)
{
	struct dns_fixture f;

	dns_fixture_open(&f, slow_text);
	together(&f);
	dns_fixture_close(&f);
	dns_fixture_open(&f, zone_text);
	mail_from(&f);
	no_domains(&f);
	limits(&f);
	errors(&f);
	more(&f);
	helo(&f);
	questions(&f);
	dns_fixture_close(&f);
	without_resolver();
	return test_done();
}
