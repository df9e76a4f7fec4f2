/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/auth_json.h"

#include "conf/limits_opts.h"
#include "test.h"

static void
shows(struct json_object *o, const char *want, const char *name)
{
	const char *got = o ? json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE) : "-";

	test_str(str_of(got), str_of(want), name);
	json_object_put(o);
}

static void
facts(void)
{
	static const struct auth_dkim dkim[] = {
		{ .result = AUTH_PASS, .domain = STR("a.example"), .selector = STR("s"), .algorithm = STR("rsa-sha256"),
		    .bits = 2048 },
		{ .result = AUTH_FAIL, .domain = STR("b.example"), .selector = STR("t"), .why = STR("body hash") },
	};

	shows(auth_json(&(struct auth_facts){ .n_dkim = 0 }), "-", "nothing was looked at");
	shows(auth_json(&(struct auth_facts){ .dkim_done = true }), "{\"dkim\":[]}", "there are no signatures");
	shows(auth_json(&(struct auth_facts){ .iprev = { AUTH_FAIL, STR("x\x01.example") },
	    .spf_helo = { .result = AUTH_NONE, .domain = STR("h.example") },
	    .spf_mail = { .result = AUTH_SOFTFAIL, .domain = STR("m.example"), .why = STR("~all") } }),
	    "{\"iprev\":{\"result\":\"fail\",\"name\":\"x\\u0001.example\"},"
	    "\"spf_helo\":{\"result\":\"none\",\"domain\":\"h.example\"},"
	    "\"spf\":{\"result\":\"softfail\",\"domain\":\"m.example\",\"why\":\"~all\"}}", "iprev and SPF");
	shows(auth_json(&(struct auth_facts){ .dkim = dkim, .n_dkim = 2, .dkim_done = true,
	    .dmarc = { .result = AUTH_PASS, .domain = STR("a.example"), .policy = AUTH_POLICY_REJECT, .dkim_aligned = true },
	    .arc = { .result = AUTH_PASS, .sets = 2, .domain = STR("l.example"), .trusted = true }, .upstream = STR("up") }),
	    "{\"dkim\":[{\"result\":\"pass\",\"domain\":\"a.example\",\"selector\":\"s\",\"algorithm\":\"rsa-sha256\",\"bits\":2048},"
	    "{\"result\":\"fail\",\"domain\":\"b.example\",\"selector\":\"t\",\"why\":\"body hash\"}],"
	    "\"dmarc\":{\"result\":\"pass\",\"domain\":\"a.example\",\"policy\":\"reject\",\"wanted\":\"none\",\"spf_aligned\":false,"
	    "\"dkim_aligned\":true},\"arc\":{\"result\":\"pass\",\"sets\":2,\"domain\":\"l.example\",\"trusted\":true},"
	    "\"upstream\":\"up\"}", "signatures, DMARC and ARC");
}

static void
hops(void)
{
	struct pool *pool = pool_new(0);
	struct limits lim;
	struct report r;

	limits_default(&lim);
	report_init(&r, pool, &lim);
	shows(auth_json_hops(&r), "-", "no Received field");
	*(struct report_hop *)vec_push(pool, &r.hops, sizeof(struct report_hop)) = (struct report_hop){ .from = true,
	    .addr = STR("192.0.2.1"), .name = STR("c.example"), .helo = STR("h\""), .by = STR("mx"), .told = true, .tls = true };
	*(struct report_hop *)vec_push(pool, &r.hops, sizeof(struct report_hop)) = (struct report_hop){ .by = STR("in") };
	shows(auth_json_hops(&r), "[{\"client\":\"192.0.2.1\",\"name\":\"c.example\",\"helo\":\"h\\\"\",\"by\":\"mx\",\"tls\":true,"
	    "\"login\":false},{\"client\":\"\",\"name\":\"\",\"helo\":\"\",\"by\":\"in\"}]", "two");
	pool_free(&pool);
}

int
main(void)
{
	facts();
	hops();
	return test_done();
}
