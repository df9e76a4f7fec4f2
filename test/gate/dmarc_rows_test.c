/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/dmarc_rows.h"

#include "test.h"

static const struct str rcpts[] = { STR("joe@corp.example"), STR("jim@CORP.example"), STR("x@other.example") };
static const struct auth_dkim signature = { .result = AUTH_FAIL, .domain = STR("b.example"), .selector = STR("s1"),
    .why = STR("body hash") };

static struct auth_facts
facts_of(enum auth_result result, enum auth_policy wanted)
{
	return (struct auth_facts){ .spf_mail = { .result = AUTH_PASS, .domain = STR("evil.example"), .why = STR("ip4:192.0.2.0/24") },
	    .dkim = &signature, .n_dkim = 1, .dkim_done = true,
	    .dmarc = { .result = result, .domain = STR("m.b.example"), .record_domain = STR("b.example"),
	        .policy = AUTH_POLICY_REJECT, .wanted = wanted, .p = AUTH_POLICY_REJECT, .sp = AUTH_POLICY_REJECT,
	        .np = AUTH_POLICY_QUARANTINE, .adkim = ALIGN_STRICT, .rua = STR("mailto:r@b.example") } };
}

static void
whole(void)
{
	struct session s = { .client_addr = STR("192.0.2.1"), .mail_from = STR("secret@evil.example"), .rcpts = rcpts,
	    .n_rcpts = 2 };
	struct auth_facts f = facts_of(AUTH_FAIL, AUTH_POLICY_REJECT);
	struct outcome o = { .act = { .intercept = INTERCEPT_REJECT } };
	struct buf b;

	buf_init(&b, 100000);
	test_ok(dmarc_rows_format(&s, &f, &o, 1000, &b), "a row");
	test_str(str_trim(buf_str(&b)), STR("{\"time\":1000,\"source_ip\":\"192.0.2.1\","
	    "\"policy_evaluated\":{\"disposition\":\"reject\",\"dkim\":\"fail\",\"spf\":\"fail\",\"reasons\":[]},"
	    "\"policy_published\":{\"domain\":\"b.example\",\"p\":\"reject\",\"sp\":\"reject\",\"np\":\"quarantine\","
	    "\"adkim\":\"s\",\"aspf\":\"r\",\"testing\":\"n\",\"fo\":\"0\",\"discovery_method\":\"treewalk\","
	    "\"rua\":\"mailto:r@b.example\"},"
	    "\"identifiers\":{\"header_from\":\"m.b.example\",\"envelope_from\":\"evil.example\",\"envelope_to\":\"corp.example\"},"
	    "\"auth_results\":{\"dkim\":[{\"domain\":\"b.example\",\"selector\":\"s1\",\"result\":\"fail\","
	    "\"human_result\":\"body hash\"}],\"spf\":[{\"domain\":\"evil.example\",\"scope\":\"mfrom\",\"result\":\"pass\","
	    "\"human_result\":\"ip4:192.0.2.0/24\"}]}}"),
	    "all of it, and no mailbox");
	s.n_rcpts = 3;
	buf_reset(&b);
	test_ok(dmarc_rows_format(&s, &f, &o, 1000, &b) &&
	    str_find(buf_str(&b), STR("\"envelope_to\":\"\"")) != STR_NPOS, "recipients of several domains are not told");
	buf_clear(&b);
}

static const struct {
	const char *name;
	enum auth_result result;
	enum auth_policy wanted;
	enum intercept intercept;
	bool observe;
	struct str override, want;
} cases[] = {
	{ "passes", AUTH_PASS, AUTH_POLICY_REJECT, INTERCEPT_ACCEPT, false, STR(""), STR("\"disposition\":\"pass\"") },
	{ "passes, refused for another reason", AUTH_PASS, AUTH_POLICY_REJECT, INTERCEPT_REJECT, false, STR(""),
	  STR("\"disposition\":\"pass\"") },
	{ "p=none, refused for another reason", AUTH_FAIL, AUTH_POLICY_NONE, INTERCEPT_REJECT, false, STR(""),
	  STR("\"disposition\":\"none\"") },
	{ "asked to reject, quarantined", AUTH_FAIL, AUTH_POLICY_REJECT, INTERCEPT_QUARANTINE, false, STR(""),
	  STR("\"disposition\":\"quarantine\",\"dkim\":\"fail\",\"spf\":\"fail\",\"reasons\":[{\"type\":\"local_policy\"") },
	{ "observed", AUTH_FAIL, AUTH_POLICY_REJECT, INTERCEPT_ACCEPT, true, STR(""),
	  STR("\"reasons\":[{\"type\":\"local_policy\",\"comment\":\"mode = observe\"}]") },
	{ "asked for quarantine, refused", AUTH_FAIL, AUTH_POLICY_QUARANTINE, INTERCEPT_REJECT, false, STR(""),
	  STR("\"disposition\":\"quarantine\"") },
	{ "overridden", AUTH_FAIL, AUTH_POLICY_NONE, INTERCEPT_ACCEPT, false, STR("trusted_forwarder"),
	  STR("\"disposition\":\"none\",\"dkim\":\"fail\",\"spf\":\"fail\",\"reasons\":[{\"type\":\"trusted_forwarder\"") },
	{ "no result", AUTH_TEMPERROR, AUTH_POLICY_NONE, INTERCEPT_ACCEPT, false, STR(""), STR("") },
};

int
main(void)
{
	struct session s = { .client_addr = STR("192.0.2.1"), .mail_from = STR("a@b"), .rcpts = rcpts, .n_rcpts = 1 };
	struct journal *j = NULL;
	struct auth_facts f;
	struct buf b;

	whole();
	buf_init(&b, 100000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct outcome o = { .act = { .intercept = cases[i].intercept }, .observe = cases[i].observe };

		f = facts_of(cases[i].result, cases[i].wanted);
		f.dmarc.override = cases[i].override;
		buf_reset(&b);
		test_int(dmarc_rows_format(&s, &f, &o, 1, &b), cases[i].want.n != 0, cases[i].name);
		if (!test_ok(str_find(buf_str(&b), cases[i].want) != STR_NPOS, cases[i].name))
			test_show("got ", buf_str(&b));
	}
	f = facts_of(AUTH_FAIL, AUTH_POLICY_REJECT);
	f.dmarc.rua = STR("https://b.example/");
	test_ok(!dmarc_rows_format(&s, &f, &(struct outcome){ .observe = false }, 1, &b), "no report is wanted");
	test_ok(dmarc_rows_open(&(struct dmarc_rows_conf){ .keep_days = 0 }, STR("/nowhere"), (struct log_ctx){ .id = "-" }, &j) ==
	    RC_OK && !j, "nothing is to be kept");
	buf_clear(&b);
	return test_done();
}
