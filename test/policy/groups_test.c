/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/policy/group_test.c */
#include "policy/groups.h"

#include "base/fdio.h"
#include "test.h"

/* Errors of a file, and how many groups are left of it. */
static void
errors(void)
{
	static const struct { const char *name, *text, *want; size_t groups; } cases[] = {
		{ "empty", "", "", 0 },
		{ "comments", "# a\n\n  \n\t# b\n", "", 0 },
		{ "one", "ALL ACCEPTED\n", "", 1 },
		{ "no line end, CR, tabs", "A\tTRUSTED  tls=yes\r\nALL ACCEPTED", "", 2 },
		{ "small letters", "all accepted TLS=YES", "", 1 },
		{ "continued", "A BLOCKED\n  network=192.0.2.1\n# between\n\ttls=no\nB TRUSTED", "", 2 },
		{ "continues nothing", "  A BLOCKED\n", "f:1: continues no line\n", 0 },
		{ "no policy", "A\n", "f:1: A: a policy is missing: BLOCKED, THROTTLED, ACCEPTED, TRUSTED or CONTINUE\n", 0 },
		{ "policy mistyped", "A BLOKED\n", "f:1: A: 'BLOKED' is no policy; it must be BLOCKED, THROTTLED, "
		    "ACCEPTED, TRUSTED or CONTINUE; did you mean 'blocked'?\n", 0 },
		{ "bad name", "A,B BLOCKED\n", "f:1: A,B: is no name: up to 64 letters, digits, '-' and '_'\n", 0 },
		{ "condition mistyped", "A BLOCKED netwrok=192.0.2.1\n",
		    "f:1: A: 'netwrok' is no condition; did you mean 'network'?\n", 0 },
		{ "no value", "A BLOCKED network=\n",
		    "f:1: network: needs a value: network=an address or network, such as 192.0.2.0/24\n", 0 },
		{ "no equals sign", "A BLOCKED tls\n", "f:1: tls: needs a value: tls=yes or no\n", 0 },
		{ "network", "A BLOCKED network=192.0.2.0/33,::1,x\n",
		    "f:1: network: '192.0.2.0/33' is not an address or network, such as 192.0.2.0/24\n"
		    "f:1: network: 'x' is not an address or network, such as 192.0.2.0/24\n", 0 },
		{ "range", "A BLOCKED score=3.0..1.0\n",
		    "f:1: score: '3.0..1.0' is not a range, such as -10.0..-3.0, or none\n", 0 },
		{ "range beyond", "A BLOCKED score=-10.1..1.0\n",
		    "f:1: score: '-10.1..1.0' is not a range, such as -10.0..-3.0, or none\n", 0 },
		{ "country", "A BLOCKED country=GER\n", "f:1: country: 'GER' is not two letters, or none\n", 0 },
		{ "asn", "A BLOCKED asn=0\n", "f:1: asn: '0' is not a number, such as AS64500\n", 0 },
		{ "band", "A BLOCKED band=awful\n", "f:1: band: 'awful' is not bad, suspect, neutral, good or unknown\n", 0 },
		{ "twice", "A BLOCKED tls=yes tls=no\n",
		    "f:1: tls: twice in one line; several values are separated by commas, without blanks\n", 0 },
		{ "two policies of a name", "A BLOCKED tls=no\na TRUSTED tls=yes\n",
		    "f:2: a: is TRUSTED, but BLOCKED at line 1\n", 1 },
		{ "behind everybody", "ALL ACCEPTED\nA BLOCKED tls=no\n",
		    "f:2: A: is never reached: ALL at line 1 takes everybody\n", 1 },
		{ "behind a line that decides nothing", "ALL CONTINUE\nA BLOCKED tls=no\n", "", 2 },
		{ "all at once", "A BLOKED nework=1\nB TRUSTED tls=maybe\nC ACCEPTED\n",
		    "f:1: A: 'BLOKED' is no policy; it must be BLOCKED, THROTTLED, ACCEPTED, TRUSTED or CONTINUE; "
		    "did you mean 'blocked'?\n"
		    "f:1: A: 'nework' is no condition; did you mean 'network'?\n"
		    "f:2: tls: 'maybe' is not yes or no\n", 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pool *pool = pool_new(0);
		struct groups groups;
		struct buf why;

		buf_init(&why, 1 << 20);
		groups_parse(pool, "f", str_of(cases[i].text), &(struct conf_errors){ .out = &why }, &groups);
		test_str(buf_str(&why), str_of(cases[i].want), cases[i].name);
		test_int((int64_t)groups.n, (int64_t)cases[i].groups, cases[i].name);
		buf_clear(&why);
		pool_free(&pool);
	}
}

#define CLIENT .client_addr = STR_C("192.0.2.7")
#define STR_C(lit) { "" lit, sizeof(lit) - 1 }

/* One condition each: does a line with it match this client? */
static void
conditions(void)
{
	static const struct {
		const char *cond;
		bool want;
		struct session session;
		struct standing standing;
		struct auth_iprev iprev;
	} cases[] = {
		{ "", true, { CLIENT }, { 0 }, { 0 } },
		{ "network=192.0.2.0/29", true, { CLIENT }, { 0 }, { 0 } },
		{ "network=192.0.2.0/30,192.0.2.8", false, { CLIENT }, { 0 }, { 0 } },
		{ "network=10.0.0.0/8,192.0.2.7", true, { CLIENT }, { 0 }, { 0 } },
		{ "network=::/0", false, { CLIENT }, { 0 }, { 0 } },
		{ "network=2001:db8::/32", true, { .client_addr = STR_C("2001:db8:1::1") }, { 0 }, { 0 } },
		{ "network=0.0.0.0/0,::/0", false, { .client_addr = STR_C("") }, { 0 }, { 0 } },
		{ "ptr=mx.example.net", true, { CLIENT, .client_name = STR_C("MX.example.net.") }, { 0 }, { 0 } },
		{ "ptr=example.net", false, { CLIENT, .client_name = STR_C("mx.example.net") }, { 0 }, { 0 } },
		{ "ptr=.example.net", true, { CLIENT, .client_name = STR_C("mx.example.net") }, { 0 }, { 0 } },
		{ "ptr=.example.net", true, { CLIENT, .client_name = STR_C("example.net") }, { 0 }, { 0 } },
		{ "ptr=.example.net", false, { CLIENT, .client_name = STR_C("badexample.net") }, { 0 }, { 0 } },
		{ "ptr=.example.net", false, { CLIENT, .client_name = STR_C("unknown") }, { 0 }, { 0 } },
		{ "ptr=none", true, { CLIENT, .client_name = STR_C("unknown") }, { 0 }, { 0 } },
		{ "ptr=none", true, { CLIENT, .client_name = STR_C("[192.0.2.7]") }, { 0 }, { 0 } },
		{ "ptr=none", false, { CLIENT, .client_name = STR_C("a.example") }, { 0 }, { 0 } },
		{ "ptr=none", false, { .client_addr = STR_C("") }, { 0 }, { 0 } },
		{ "ptr=.example.net", true, { CLIENT }, { 0 }, { AUTH_PASS, STR_C("a.example.net") } },
		{ "ptr=.example.net", false, { CLIENT }, { 0 }, { AUTH_FAIL, STR_C("a.example.net") } },
		{ "helo=.example.net", true, { CLIENT, .helo = STR_C("x.example.net") }, { 0 }, { 0 } },
		{ "helo=[192.0.2.7]", true, { CLIENT, .helo = STR_C("[192.0.2.7]") }, { 0 }, { 0 } },
		{ "helo=localhost", false, { CLIENT }, { 0 }, { 0 } },
		{ "asn=64500,AS64501", true, { CLIENT }, { .asn = 64501 }, { 0 } },
		{ "asn=64500", false, { CLIENT }, { .asn = 0 }, { 0 } },
		{ "country=jp", true, { CLIENT }, { .country = "JP" }, { 0 } },
		{ "country=jp", false, { CLIENT }, { .country = "" }, { 0 } },
		{ "country=none", true, { CLIENT }, { .country = "" }, { 0 } },
		{ "band=bad,suspect", true, { CLIENT }, { .band = BAND_SUSPECT }, { 0 } },
		{ "band=unknown", true, { CLIENT }, { 0 }, { 0 } },
		{ "band=good", false, { CLIENT }, { 0 }, { 0 } },
		{ "score=-10.0..-3.0", true, { CLIENT }, { .has_reputation = true, .reputation = -30 }, { 0 } },
		{ "score=-10.0..-3.0", false, { CLIENT }, { .has_reputation = true, .reputation = -29 }, { 0 } },
		{ "score=-10.0..10.0", false, { CLIENT }, { .reputation = 0 }, { 0 } },
		{ "score=none", true, { CLIENT }, { .reputation = 0 }, { 0 } },
		{ "list=zen.lists.example", true, { CLIENT },
		    { .lists = { STR_C("a.example"), STR_C("ZEN.lists.example") }, .n_lists = 2 }, { 0 } },
		{ "list=zen.lists.example", false, { CLIENT }, { .lists = { STR_C("zen.lists.example") } }, { 0 } },
		{ "from=example.org", true, { CLIENT, .mail_from = STR_C("a@Example.ORG") }, { 0 }, { 0 } },
		{ "from=example.org", false, { CLIENT, .mail_from = STR_C("a@b.example.org") }, { 0 }, { 0 } },
		{ "from=.example.org", true, { CLIENT, .mail_from = STR_C("\"a@x\"@b.example.org") }, { 0 }, { 0 } },
		{ "from=a@example.org", true, { CLIENT, .mail_from = STR_C("a@example.org") }, { 0 }, { 0 } },
		{ "from=a@example.org", false, { CLIENT, .mail_from = STR_C("b@example.org") }, { 0 }, { 0 } },
		{ "from=<>", true, { CLIENT }, { 0 }, { 0 } },
		{ "from=<>", false, { CLIENT, .mail_from = STR_C("b@example.org") }, { 0 }, { 0 } },
		{ "authenticated=yes", true, { CLIENT, .auth_user = STR_C("bob") }, { 0 }, { 0 } },
		{ "authenticated=yes", false, { CLIENT }, { 0 }, { 0 } },
		{ "authenticated=no", true, { CLIENT }, { 0 }, { 0 } },
		{ "tls=yes", true, { CLIENT, .tls_version = STR_C("TLSv1.3") }, { 0 }, { 0 } },
		{ "tls=yes", false, { CLIENT }, { 0 }, { 0 } },
		{ "local=yes", true, { .client_addr = STR_C("") }, { 0 }, { 0 } },
		{ "local=yes", false, { CLIENT }, { 0 }, { 0 } },
		{ "local=yes", false, { .client_addr = STR_C("") }, { .relay = true }, { 0 } },
		{ "local=yes", false, { .client_addr = STR_C("") }, { .unsaid = true }, { 0 } },
		{ "local=no", true, { .client_addr = STR_C("") }, { .unsaid = true }, { 0 } },
		{ "network=192.0.2.7 tls=yes", false, { CLIENT }, { 0 }, { 0 } },
		{ "network=192.0.2.7 tls=no", true, { CLIENT }, { 0 }, { 0 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pool *pool = pool_new(0);
		struct auth_facts auth = { .iprev = cases[i].iprev };
		struct group_facts facts = { .session = &cases[i].session, .standing = &cases[i].standing, .auth = &auth };
		struct groups groups;
		const struct group *got;
		struct buf why;

		buf_init(&why, 4096);
		groups_parse(pool, "f", pool_printf(pool, "ONE BLOCKED %s\nREST ACCEPTED\n", cases[i].cond),
		    &(struct conf_errors){ .out = &why }, &groups);
		if (cases[i].cond[0] && why.n)
			test_str(buf_str(&why), STR_NONE, cases[i].cond);
		got = groups_match(&groups, &facts);
		test_str(got ? got->name : STR_NONE, cases[i].want ? STR("ONE") : STR("REST"), cases[i].cond);
		buf_clear(&why);
		pool_free(&pool);
	}
}

static void
order(void)
{
	static const char text[] = "A CONTINUE\nB TRUSTED network=192.0.2.7\nC BLOCKED network=192.0.2.0/24\nB TRUSTED tls=yes\n";
	static const struct session in_b = { CLIENT }, in_c = { .client_addr = STR_C("192.0.2.8") },
	    in_none = { .client_addr = STR_C("198.51.100.1") },
	    in_b2 = { .client_addr = STR_C("198.51.100.1"), .tls_version = STR_C("TLSv1.2") };
	static const struct { const struct session *s; const char *want; } cases[] = {
		{ &in_b, "B" }, { &in_c, "C" }, { &in_none, "" }, { &in_b2, "B" }
	};
	struct pool *pool = pool_new(0);
	struct groups groups;
	struct buf why;

	buf_init(&why, 4096);
	groups_parse(pool, "f", str_of(text), &(struct conf_errors){ .out = &why }, &groups);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct group *g = groups_match(&groups, &(struct group_facts){ .session = cases[i].s });

		test_str(g ? g->name : STR(""), str_of(cases[i].want), "the first that matches, in the order of the file");
	}
	buf_clear(&why);
	pool_free(&pool);
}

/* What is shipped has no error, blocks nobody, and has a place for everybody. */
static void
shipped(void)
{
	struct pool *pool = pool_new(0);
	struct session s = { .client_addr = STR("203.0.113.9") };
	const struct group *g;
	struct groups groups;
	struct buf text, why;

	buf_init(&text, 1 << 20);
	buf_init(&why, 4096);
	test_int(fdio_read_file("rules/lists/sender_groups", &text), RC_OK, "rules/lists/sender_groups");
	groups_parse(pool, "f", buf_str(&text), &(struct conf_errors){ .out = &why }, &groups);
	test_str(buf_str(&why), STR_NONE, "it has no error");
	for (size_t i = 0; i < groups.n; i++)
		test_ok(groups.item[i].flow != FLOW_BLOCKED, "no group is BLOCKED");
	g = groups_match(&groups, &(struct group_facts){ .session = &s });
	test_ok(g && g->flow == FLOW_ACCEPTED, "a stranger is ACCEPTED");
	buf_clear(&text);
	buf_clear(&why);
	pool_free(&pool);
}

static void
relays(void)
{
	static const struct ip_net nets[] = { { { { 192, 0, 2, 0 }, 32 }, 24 } };
	struct senders_conf c = { .relays = { nets, 1 } };
	struct session s = { CLIENT };

	test_ok(senders_relayed(&c, &s), "a relay");
	s.auth_user = STR("bob");
	test_ok(!senders_relayed(&c, &s), "who logged in is no relay");
	s = (struct session){ .client_addr = STR("198.51.100.1") };
	test_ok(!senders_relayed(&c, &s), "another client");
	s.client_addr = STR_NONE;
	test_ok(!senders_relayed(&c, &s), "local submission");
}

int
main(void)
{
	errors();
	conditions();
	order();
	shipped();
	relays();
	return test_done();
}
