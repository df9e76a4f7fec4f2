/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "policy/flow.h"

#include "conf/conf.h"
#include "test.h"

static void
clients(void)
{
	static const struct { const char *addr; int64_t bits4, bits6; const char *want; } cases[] = {
		{ "192.0.2.77", 32, 64, "192.0.2.77/32" }, { "192.0.2.77", 24, 64, "192.0.2.0/24" },
		{ "192.0.2.77", 29, 64, "192.0.2.72/29" }, { "255.255.255.255", 1, 64, "128.0.0.0/1" },
		{ "2001:db8:1:2:3::4", 32, 64, "2001:db8:1:2::/64" }, { "2001:db8::1", 32, 128, "2001:db8::1/128" },
		{ "::ffff:192.0.2.77", 24, 64, "192.0.2.0/24" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct flow_policy p = { .bits4 = cases[i].bits4, .bits6 = cases[i].bits6 };
		struct pool *pool = pool_new(0);
		struct ip ip;

		if (test_ok(ip_parse(str_of(cases[i].addr), &ip), cases[i].addr))
			test_str(flow_client(pool, &p, &ip), str_of(cases[i].want), cases[i].want);
		pool_free(&pool);
	}
}

static const struct opt_table *const tables[] = { &flow_table, NULL };

static struct conf *
load(const char *text, struct buf *why)
{
	struct conf *conf = NULL;

	if (conf_parse(str_of(text), "f", tables, (struct conf_base){ .key = NULL }, &conf, why) != RC_OK)
		return NULL;
	return conf;
}

/* The printed values of the guide. */
static void
defaults(void)
{
	static const struct { enum flow flow; int64_t connections, messages, recipients, hour, size; } want[] = {
		{ FLOW_BLOCKED, 0, 0, 0, 0, 0 },
		{ FLOW_THROTTLED, 10, 10, 20, 20, 1 << 20 },
		{ FLOW_ACCEPTED, 1000, 1000, 1000, 0, 100 << 20 },
		{ FLOW_TRUSTED, 1000, 1000, 1000, 0, 100 << 20 },
	};
	struct buf why;
	struct conf *conf;

	buf_init(&why, 4096);
	conf = load("", &why);
	if (!test_ok(conf != NULL, "the defaults"))
		return;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		const struct flow_conf *c = conf_values(conf, &flow_table);
		const struct flow_policy *p = &c->policy[want[i].flow];

		test_int(p->connections, want[i].connections, "connections");
		test_int(p->messages, want[i].messages, "messages");
		test_int(p->recipients, want[i].recipients, "recipients");
		test_int(p->recipients_hour, want[i].hour, "recipients in an hour");
		test_int(p->size, want[i].size, "size");
		test_ok(!p->auth && !p->tls, "neither login nor encryption");
		test_int(p->checks, want[i].flow == FLOW_TRUSTED ? FLOW_CHECKS_MALWARE : FLOW_CHECKS_ALL, "checks");
	}
	conf_put(&conf);
	buf_clear(&why);
}

static void
texts(void)
{
	struct buf why;

	buf_init(&why, 4096);
	test_ok(load("flow.blocked.text = Caf\xc3\xa9\n", &why) == NULL, "a text that cannot be put into a reply");
	test_str(buf_str(&why), STR("f:1: flow.blocked.text: must be ASCII: it becomes a part of an SMTP reply\n"),
	    "is refused");
	buf_clear(&why);
}

int
main(void)
{
	clients();
	defaults();
	texts();
	return test_done();
}
