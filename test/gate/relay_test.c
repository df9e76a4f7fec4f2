/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/relay.h"

#include "base/vec.h"
#include "message/received.h"
#include "test.h"

/* Received fields from the top, one a line; relays are 192.0.2.0/24, 2001:db8::/32. */
static const struct { const char *name, *fields, *want; } cases[] = {
	{ "one relay", "from h (c.example [198.51.100.7]) by r1 with SMTP\n", "198.51.100.7 c.example h" },
	{ "two relays", "from r1 (r1.ours [192.0.2.1]) by r2\nfrom h (c.example [198.51.100.7]) by r1\n",
	    "198.51.100.7 c.example h" },
	{ "relays of both families", "from r1 ([IPv6:2001:db8::1]) by r2\nfrom h ([198.51.100.7]) by r1\n", "198.51.100.7  h" },
	/* What the sender wrote itself: it begins where the first stranger is the client. */
	{ "forged below",
		    "from h (c.example [198.51.100.7]) by r1\nfrom r1 (r1.ours [192.0.2.1]) by r2\nfrom x (good.example "
		    "[203.0.113.1]) by r1\n",
	    "198.51.100.7 c.example h" },
	{ "HELO of a relay", "from [192.0.2.1] (unknown [198.51.100.7]) by r1\nfrom x ([203.0.113.1]) by r1\n",
	    "198.51.100.7  [192.0.2.1]" },
	{ "handed on within", "by r1 (Postfix) with LMTP\nfrom h (c.example [198.51.100.7]) by r1\n", "198.51.100.7 c.example h" },
	{ "submitted on the relay, and forged below",
		    "by r1 (Postfix, from userid 33)\nfrom x (good.example [203.0.113.1]) by r1\n", "-" },
	{ "no address, and forged below", "from h by r1\nfrom x (good.example [203.0.113.1]) by r1\n", "-" },
	{ "HELO is an address, nothing else", "from [203.0.113.1] by r1\n", "-" },
	{ "relays only", "from r1 ([192.0.2.1]) by r2\n", "-" },
	{ "loopback is no relay unless it is listed", "from localhost (localhost [127.0.0.1]) by r1\nfrom h ([198.51.100.7]) by r1\n",
	    "127.0.0.1  localhost" },
	{ "none", "", "-" },
};

static void
hops_of(struct report *r, struct str fields)
{
	struct str line;

	while (str_next(&fields, '\n', &line)) {
		struct report_hop *hop;
		struct received rec;

		if (line.n == 0)
			continue;
		received_parse(r->pool, r->lim, line, &rec);
		hop = vec_push(r->pool, &r->hops, sizeof(*hop));
		*hop = (struct report_hop){ .from = rec.from, .local = rec.local, .addr = rec.addr, .name = rec.name,
			.helo = rec.helo, .by = rec.by };
	}
}

static void
walk(void)
{
	static const struct ip_net nets[] = {
		{ { { 192, 0, 2, 0 }, 32 }, 24 }, { { { 0x20, 0x01, 0x0d, 0xb8 }, 128 }, 32 },
	};
	const struct networks relays = { nets, 2 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pool *pool = pool_new(0);
		const struct report_hop *hop;
		struct limits lim;
		struct report r;

		limits_default(&lim);
		report_init(&r, pool, &lim);
		hops_of(&r, str_of(cases[i].fields));
		hop = relay_origin(&relays, &r);
		test_str(hop ? pool_printf(pool, "%.*s %.*s %.*s", STR_ARG(hop->addr), STR_ARG(hop->name),
		    STR_ARG(hop->helo)) : STR("-"), str_of(cases[i].want), cases[i].name);
		pool_free(&pool);
	}
}

static void
sessions(void)
{
	struct session s = { .client_addr = STR("192.0.2.1"), .client_name = STR("r1.ours"), .helo = STR("r1"),
	    .tls_version = STR("TLSv1.3"), .connections = 7, .messages = 3, .mail_from = STR("a@b"), .size = 5 };
	struct report_hop hop = { .from = true, .addr = STR("198.51.100.7"), .helo = STR("h") };
	struct session got = relay_session(&s, &hop);

	test_str(got.client_addr, STR("198.51.100.7"), "the client's address");
	test_int((int64_t)got.client_name.n, 0, "no name of the relay");
	test_str(got.helo, STR("h"), "the client's HELO");
	test_ok(got.connections == 0 && got.messages == 0 && got.tls_version.n == 0, "nothing of the relay's connection");
	test_ok(str_eq(got.mail_from, STR("a@b")) && got.size == 5, "the transaction stays");
	test_ok(!got.relay_told && !got.relay_login, "nor how it came");
	hop.tls = hop.told = hop.login = true;
	got = relay_session(&s, &hop);
	test_ok(got.relay_told && got.relay_login && got.tls_version.n && got.auth_user.n == 0,
	    "what the relay tells of it; a login there is none of our users");
	got = relay_session(&s, NULL);
	test_int((int64_t)(got.client_addr.n + got.client_name.n + got.helo.n), 0, "an unknown client");
}

int
main(void)
{
	walk();
	sessions();
	return test_done();
}
