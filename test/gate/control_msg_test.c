/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/control_msg.h"

#include "test.h"

static void
round_trip(struct pool *pool)
{
	static const struct str rcpts[] = { STR("a@b.example"), STR("c\"d@e.example") };
	struct control_request req = { .verb = CONTROL_SCAN, .file = STR("x\ny"), .explain = true,
	    .session = { .client_addr = STR("192.0.2.1"), .client_name = STR("mx.example"), .helo = STR("h"),
	    .mail_from = STR("f@g"), .authres = STR("mx; spf=pass"), .rcpts = rcpts, .n_rcpts = 2 } };
	struct control_request got;
	struct buf text, why;

	buf_init(&text, CONTROL_REQUEST_BYTES);
	buf_init(&why, 1000);
	control_put_request(&text, &req);
	test_int(control_get_request(pool, buf_str(&text), &got, &why), RC_OK, "a request comes back");
	test_int(got.verb, CONTROL_SCAN, "verb");
	test_str(got.file, req.file, "file");
	test_str(got.session.client_addr, req.session.client_addr, "address");
	test_str(got.session.client_name, req.session.client_name, "host name");
	test_str(got.session.helo, req.session.helo, "helo");
	test_str(got.session.mail_from, req.session.mail_from, "from");
	test_str(got.session.authres, req.session.authres, "authentication results");
	test_int((int64_t)got.session.n_rcpts, 2, "two recipients");
	test_str(got.session.rcpts[1], rcpts[1], "second recipient");
	test_ok(got.explain, "explain");
	buf_clear(&text);
	buf_clear(&why);
}

static void
numbers(struct pool *pool)
{
	struct control_request req = { .verb = CONTROL_REPUTATION, .op = STR("set"), .name = STR("192.0.2.0/24"),
	    .tenths = -95, .until_ms = 1700000000000, .max = 7 };
	struct control_request got;
	struct buf text, why;

	buf_init(&text, CONTROL_REQUEST_BYTES);
	buf_init(&why, 1000);
	control_put_request(&text, &req);
	test_int(control_get_request(pool, buf_str(&text), &got, &why), RC_OK, "a request of reputation comes back");
	test_int(got.verb, CONTROL_REPUTATION, "verb");
	test_str(got.op, req.op, "op");
	test_str(got.name, req.name, "name");
	test_int(got.tenths, -95, "a negative number");
	test_int(got.until_ms, req.until_ms, "a large one");
	test_int(got.max, 7, "a small one");
	buf_clear(&text);
	buf_clear(&why);
}

static const struct {
	const char *name;
	struct str in, why;
} bad[] = {
	{ "empty", STR(""), STR("not one JSON object") },
	{ "no object", STR("[1]"), STR("not one JSON object") },
	{ "two objects", STR("{\"verb\":\"ping\"}{}"), STR("not one JSON object") },
	{ "cut", STR("{\"verb\":\"ping\""), STR("not one JSON object") },
	{ "NUL behind", STR("{\"verb\":\"ping\"}\0"), STR("not one JSON object") },
	{ "too deep", STR("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}"), STR("not one JSON object") },
	{ "no UTF-8", STR("{\"verb\":\"\xff\"}"), STR("not one JSON object") },
	{ "no verb", STR("{}"), STR("verb: missing") },
	{ "verb is a number", STR("{\"verb\":1}"), STR("verb: missing") },
	{ "unknown verb", STR("{\"verb\":\"shutdown\"}"), STR("verb: not known") },
	{ "text is a list", STR("{\"verb\":\"scan\",\"from\":[]}"), STR("from: no text") },
	{ "recipients are text", STR("{\"verb\":\"scan\",\"rcpt\":\"a\"}"), STR("rcpt: no list") },
	{ "a recipient is a number", STR("{\"verb\":\"scan\",\"rcpt\":[1]}"), STR("rcpt: holds something") },
};

static void
refusals(struct pool *pool)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct control_request req;
		struct buf why;

		buf_init(&why, 1000);
		test_int(control_get_request(pool, bad[i].in, &req, &why), RC_BAD, bad[i].name);
		if (!test_ok(str_starts(buf_str(&why), bad[i].why), "and says why"))
			test_show("got ", buf_str(&why));
		buf_clear(&why);
	}
}

static void
overlong(struct pool *pool)
{
	struct control_request req;
	struct buf why;

	buf_init(&why, 1000);
	test_int(control_get_request(pool, STR("{\"verb\":\"scan\",\"from\":\"a\xc0\xac\"}"), &req, &why), RC_OK,
	    "json-c takes overlong UTF-8");
	test_str(req.session.mail_from, STR("a\xef\xbf\xbd\xef\xbf\xbd"), "we do not");
	buf_clear(&why);
}

static void
too_many(struct pool *pool)
{
	struct control_request req;
	struct buf text, why;

	buf_init(&text, CONTROL_REQUEST_BYTES);
	buf_init(&why, 1000);
	buf_adds(&text, "{\"verb\":\"scan\",\"rcpt\":[\"a\"");
	for (int i = 0; i < CONTROL_RCPTS; i++)
		buf_adds(&text, ",\"a\"");
	buf_adds(&text, "]}");
	test_int(control_get_request(pool, buf_str(&text), &req, &why), RC_BAD, "one recipient too many");
	buf_clear(&text);
	buf_clear(&why);
}

static void
answers(void)
{
	static const struct control_count counts[] = { { "messages", 7 } };
	static const struct yara_rule_stat rules[] = { { .rule = STR("r"), .file = STR("f.yar"),
	    .description = STR("d"), .class = CLASS_SPAM, .score = 15, .hits = 2, .us = 30 } };
	static const struct dnsbl_status lists[] = { { STR("bl.test"), "blocked", 1500, 4, 2, 1 } };
	struct control_status st = { .mode = "enforce", .counts = counts, .n_counts = 1,
	    .engine = { .yara_rules = 9 }, .counters = { "redis: down, using memory", .why = "late", .entries = 7 },
	    .ledger = true, .records = { .put = 12, .spilled = 2, .commit_us = 900, .down = true },
	    .reload_error = STR("a:1: b"), .dns = { .questions = 3, .dead = true }, .lists = lists, .n_lists = 1 };
	struct buf out;

	buf_init(&out, 10000);
	control_put_status(&out, &st);
	test_ok(str_find(buf_str(&out), STR("\"counts\":{\"messages\":7}")) != STR_NPOS, "status has the counts");
	test_ok(str_find(buf_str(&out), STR("\"counters\":{\"backend\":\"redis: down, using memory\",\"error\":\"late\","
	    "\"entries\":7,")) != STR_NPOS, "where the counters are");
	test_ok(str_find(buf_str(&out), STR("\"reload_error\":\"a:1: b\"")) != STR_NPOS, "and the last error");
	test_ok(str_find(buf_str(&out), STR("\"dns\":{\"dead\":true,\"questions\":3,")) != STR_NPOS, "the resolver");
	test_ok(str_find(buf_str(&out), STR("\"dns_lists\":[{\"list\":\"bl.test\",\"state\":\"blocked\",\"again_ms\":1500,"
	    "\"asked\":4,\"hits\":2,\"strange\":1}]")) != STR_NPOS, "DNS lists");
	test_ok(str_find(buf_str(&out), STR("\"ledger\":{\"recorded\":12,\"waiting\":0,\"in_spill\":2,\"refused\":0,\"commit_us\":900,"
	    "\"down\":true}")) != STR_NPOS, "and the ledger");
	st.ledger = false;
	buf_reset(&out);
	control_put_status(&out, &st);
	test_ok(str_find(buf_str(&out), STR("\"ledger\"")) == STR_NPOS, "if there is one");
	buf_reset(&out);
	control_put_rules(&out, rules, 1);
	test_str(buf_str(&out), STR("{\"rules\":[{\"rule\":\"r\",\"file\":\"f.yar\",\"class\":\"spam\",\"score\":1.5,"
	    "\"description\":\"d\",\"hits\":2,\"us\":30}]}"), "rules");
	buf_reset(&out);
	control_put_reload(&out, RC_BAD, STR("a:1: x\n\nb:2: y\n"));
	test_str(buf_str(&out), STR("{\"reload\":\"refused\",\"errors\":[\"a:1: x\",\"b:2: y\"]}"), "reload refused");
	buf_reset(&out);
	control_put_reload(&out, RC_OK, STR_NONE);
	test_str(buf_str(&out), STR("{\"reload\":\"done\",\"errors\":[]}"), "reload done");
	buf_reset(&out);
	control_put_error(&out, 75, "no\nroom");
	test_str(buf_str(&out), STR("{\"error\":\"no\\nroom\",\"code\":75}"), "an error");
	buf_clear(&out);
}

int
main(void)
{
	struct pool *pool = pool_new(0);

	round_trip(pool);
	numbers(pool);
	refusals(pool);
	overlong(pool);
	too_many(pool);
	answers();
	pool_free(&pool);
	return test_done();
}
