/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Greylisting over days that take no time. */
#include "base/clock.h"
#include "check/greylist.h"
#include "check/check.h"
#include "check/services.h"
#include "test.h"

enum { SEC = 1000, MINUTE = 60 * SEC, HOUR = 60 * MINUTE };
#define DAY (24LL * HOUR)
#define T0 1700000000000LL

static const struct greylist_rules rules = { .delay_ms = 5 * MINUTE, .window_ms = 2 * DAY, .keep_ms = 35 * DAY,
    .allow_after = 3 };

static struct counters *
memory(void)
{
	struct counters_conf conf = { .backend = COUNTERS_MEMORY, .entries_max = 10000 };
	struct counters *c = NULL;
	struct buf why;

	buf_init(&why, 500);
	test_int(counters_new(&conf, STR_NONE, (struct log_ctx){ .id = "-" }, &c, &why), RC_OK, "counters");
	buf_clear(&why);
	return c;
}

struct step {
	const char *name;
	int64_t at;
	const char *client, *from, *to;
	enum greylist_state want;
	int64_t wait_ms;
	bool dry;
};

#define NET "192.0.2.0/24"
static const struct step steps[] = {
	{ "asked by the operator", -MINUTE, NET, "a@s.example", "bob@here.example", GREYLIST_NEW, 5 * MINUTE, .dry = true },
	{ "the first time", 0, NET, "a@s.example", "bob@here.example", GREYLIST_NEW, 5 * MINUTE },
	{ "at once again", 10, NET, "a@s.example", "bob@here.example", GREYLIST_EARLY, 5 * MINUTE - 10 },
	{ "to somebody else", 20, NET, "a@s.example", "eve@here.example", GREYLIST_NEW, 5 * MINUTE },
	{ "from somebody else", 30, NET, "b@s.example", "bob@here.example", GREYLIST_NEW, 5 * MINUTE },
	{ "from elsewhere", 40, "198.51.100.0/24", "a@s.example", "bob@here.example", GREYLIST_NEW, 5 * MINUTE },
	{ "just too early", 5 * MINUTE - 1, NET, "a@s.example", "bob@here.example", GREYLIST_EARLY, 1 },
	{ "the operator asks in time", 5 * MINUTE, NET, "a@s.example", "eve@here.example", GREYLIST_EARLY, 20 },
	{ "a pass that is only asked for", 6 * MINUTE, NET, "a@s.example", "eve@here.example", GREYLIST_PASSED, 0, .dry = true },
	{ "in time", 5 * MINUTE, NET, "a@s.example", "bob@here.example", GREYLIST_PASSED, 0 },
	{ "and to whomever it writes", 6 * MINUTE, NET, "a@s.example", "new@here.example", GREYLIST_PASSED, 0 },
	{ "another sender there waits", 6 * MINUTE, NET, "c@s.example", "new@here.example", GREYLIST_NEW, 5 * MINUTE },
	{ "and ever after", 6 * MINUTE, NET, "A@S.example", "Bob@here.example", GREYLIST_PASSED, 0 },
	{ "days later", 30 * DAY, NET, "a@s.example", "bob@here.example", GREYLIST_PASSED, 0 },
	{ "use renews it", 60 * DAY, NET, "a@s.example", "bob@here.example", GREYLIST_PASSED, 0 },
	{ "disuse does not", 96 * DAY, NET, "a@s.example", "bob@here.example", GREYLIST_NEW, 5 * MINUTE },
	{ "too late is new", 99 * DAY, NET, "a@s.example", "bob@here.example", GREYLIST_NEW, 5 * MINUTE },
	{ "in the window", 99 * DAY + 47 * HOUR, NET, "a@s.example", "bob@here.example", GREYLIST_PASSED, 0 },
};

static const struct step known[] = {
	{ "one", 0, NET, "a@s.example", "1@h.example", GREYLIST_NEW, 5 * MINUTE },
	{ "two", 0, NET, "b@s.example", "2@h.example", GREYLIST_NEW, 5 * MINUTE },
	{ "three", 0, NET, "c@s.example", "3@h.example", GREYLIST_NEW, 5 * MINUTE },
	{ "one passes", 10 * MINUTE, NET, "a@s.example", "1@h.example", GREYLIST_PASSED, 0 },
	{ "often", 11 * MINUTE, NET, "a@s.example", "1@h.example", GREYLIST_PASSED, 0 },
	{ "and often, which counts once", 12 * MINUTE, NET, "a@s.example", "1@h.example", GREYLIST_PASSED, 0 },
	{ "two passes", 13 * MINUTE, NET, "b@s.example", "2@h.example", GREYLIST_PASSED, 0 },
	{ "a fourth waits", 14 * MINUTE, NET, "d@s.example", "4@h.example", GREYLIST_NEW, 5 * MINUTE },
	{ "three passes", 15 * MINUTE, NET, "c@s.example", "3@h.example", GREYLIST_PASSED, 0 },
	{ "the fourth need not wait now", 16 * MINUTE, NET, "d@s.example", "4@h.example", GREYLIST_KNOWN, 0 },
	{ "nor anybody else there", 16 * MINUTE, NET, "e@s.example", "5@h.example", GREYLIST_KNOWN, 0 },
	{ "but another domain does", 16 * MINUTE, NET, "e@other.example", "5@h.example", GREYLIST_NEW, 5 * MINUTE },
	{ "and another network", 16 * MINUTE, "203.0.113.0/24", "e@s.example", "5@h.example", GREYLIST_NEW, 5 * MINUTE },
	{ "for as long as it writes", 30 * DAY, NET, "f@s.example", "6@h.example", GREYLIST_KNOWN, 0 },
	{ "still", 60 * DAY, NET, "f@s.example", "6@h.example", GREYLIST_KNOWN, 0 },
	{ "not for ever", 96 * DAY, NET, "f@s.example", "6@h.example", GREYLIST_NEW, 5 * MINUTE },
};

static void
story(const struct step *s, size_t n)
{
	struct counters *c = memory();
	struct pool *pool = pool_new(0);

	for (size_t i = 0; i < n; i++) {
		struct greylist_try t = { str_of(s[i].client), str_of(s[i].from), str_of(s[i].to), s[i].dry };
		int64_t wait_ms = -1;

		test_int(greylist_ask(c, &rules, &t, pool, T0 + s[i].at, &wait_ms), s[i].want, s[i].name);
		test_int(wait_ms, s[i].wait_ms, "and how long it has to wait");
	}
	counters_free(&c);
	pool_free(&pool);
}

static const struct { const char *in, *want; } senders[] = {
	{ "", "" },
	{ "postmaster", "postmaster" },
	{ "Alice@Example.ORG", "alice@example.org" },
	{ "alice+tag@example.org", "alice@example.org" },
	{ "+tag@example.org", "+tag@example.org" },
	{ "list-bounces+bob=here.example@lists.example", "list-bounces@lists.example" },
	{ "bounce-bob=here.example@lists.example", "bounce@lists.example" },
	{ "a-b-bob=here.example@lists.example", "a-b@lists.example" },
	{ "-bob=here@lists.example", "-bob=here@lists.example" },
	{ "SRS0=HHHH=TT=origin.example=alice@forward.example", "origin.example=alice@forward.example" },
	{ "SRS0+x1y2=ZZ=origin.example=alice@forward.example", "origin.example=alice@forward.example" },
	{ "SRS1=HHHH=first.example==abcd=TT=origin.example=alice@second.example", "origin.example=alice@second.example" },
	{ "SRS0=only@forward.example", "srs0=only@forward.example" },
	{ "SRS1=a=b=c@forward.example", "srs1=a=b=c@forward.example" },
	{ "srs0@forward.example", "srs0@forward.example" },
	{ "prvs=1234567890=alice@example.org", "alice@example.org" },
	{ "prvs=@example.org", "prvs=@example.org" },
	{ "msg-123456-99@example.org", "msg-#-99@example.org" },
	{ "0100018a-deadbeef0-feed@ses.example", "#-#-feed@ses.example" },
	{ "facade@example.org", "facade@example.org" },
	{ "user2024@example.org", "user2024@example.org" },
	{ "a@b@example.org", "a@b@example.org" },
	{ "@", "@" },
};

static void
forms(void)
{
	struct pool *pool = pool_new(0);
	struct ip ip;

	for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++)
		test_str(greylist_sender(pool, str_of(senders[i].in)), str_of(senders[i].want), senders[i].in);
	test_ok(ip_parse(STR("192.0.2.201"), &ip), "an address");
	test_str(greylist_network(pool, &ip, 24, 64), STR("192.0.2.0/24"), "/24");
	test_str(greylist_network(pool, &ip, 29, 64), STR("192.0.2.200/29"), "/29");
	test_str(greylist_network(pool, &ip, 32, 64), STR("192.0.2.201/32"), "/32");
	test_ok(ip_parse(STR("2001:db8:1:2:3:4:5:6"), &ip), "another");
	test_str(greylist_network(pool, &ip, 24, 64), STR("2001:db8:1:2::/64"), "/64");
	test_str(greylist_network(pool, &ip, 24, 44), STR("2001:db8::/44"), "/44");
	pool_free(&pool);
}

/* What the golden cases cannot say: SPF, groups, and a process without counters. */
static size_t
findings(struct counters *c, const char *addr, enum auth_result spf, enum flow flow)
{
	static const struct str rcpt = STR("bob@here.example");
	static const struct opt_table *const tables[] = { &check_greylist_options, NULL };
	struct limits lim;
	struct pool *pool = pool_new(0);
	struct services services = { .counters = c };
	struct standing standing = { .flow = flow };
	struct auth_facts auth = { .spf_mail = { .result = spf } };
	struct session session = { .client_addr = str_of(addr), .mail_from = STR("a@pool.example"), .rcpts = &rcpt,
	    .n_rcpts = 1 };
	struct scan scan = { .pool = pool, .lim = &lim, .session = &session, .services = c ? &services : NULL,
	    .standing = &standing, .auth = &auth, .phase = PHASE_RCPT };
	struct report report;
	struct conf *conf = NULL;
	struct buf errors;
	size_t n;

	limits_default(&lim);
	buf_init(&errors, 1000);
	report_init(&report, pool, &lim);
	test_int(conf_parse(STR("check.greylist.enable = yes\n"), "c", tables, (struct conf_base){ .key = NULL }, &conf,
	    &errors), RC_OK, "options");
	test_int(check_greylist.run(&scan, conf_values(conf, &check_greylist_options), &report), RC_OK, "it runs");
	n = report.findings.n;
	test_ok(n == 0 || str_starts(report_finding(&report, 0)->evidence, STR("client=")), "it says who");
	conf_put(&conf);
	buf_clear(&errors);
	pool_free(&pool);
	return n;
}

static void
in_a_scan(void)
{
	struct counters *c = memory();
	struct pool *pool = pool_new(0);
	struct greylist_try t = { STR("spf"), STR("a@pool.example"), STR("bob@here.example") };
	int64_t wait_ms;

	test_int((int64_t)findings(NULL, "192.0.2.1", AUTH_NONE, FLOW_NONE), 0, "without counters nobody waits");
	test_int((int64_t)findings(c, "192.0.2.1", AUTH_NONE, FLOW_TRUSTED), 0, "nor does a trusted group");
	test_int((int64_t)findings(c, "192.0.2.1", AUTH_NONE, FLOW_ACCEPTED), 1, "another does");
	test_int((int64_t)findings(c, "192.0.2.1", AUTH_PASS, FLOW_NONE), 1, "also where SPF passes");
	/* An hour ago it was there: what SPF allows is one client. */
	test_ok(counters_forget(c, "grey/wait", STR("spf a@pool.example bob@here.example")), "known as a domain, not by network");
	test_int(greylist_ask(c, &rules, &t, pool, clock_wall_ms() - HOUR, &wait_ms), GREYLIST_NEW, "an hour ago");
	test_int((int64_t)findings(c, "203.0.113.9", AUTH_PASS, FLOW_NONE), 0, "from another machine of the pool it passes");
	test_int((int64_t)findings(c, "203.0.113.9", AUTH_SOFTFAIL, FLOW_NONE), 1, "a stranger with its name does not");
	counters_free(&c);
	pool_free(&pool);
}

int
main(void)
{
	story(steps, sizeof(steps) / sizeof(steps[0]));
	story(known, sizeof(known) / sizeof(known[0]));
	forms();
	in_a_scan();
	return test_done();
}
