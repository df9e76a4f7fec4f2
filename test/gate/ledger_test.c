/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/ledger.h"

#include <stdlib.h>

#include "base/clock.h"
#include "conf/limits_opts.h"
#include "gate/settings.h"
#include "test.h"

enum { COMMAND = 128, ERRORS = 10000 };

static const struct finding_def spam = { "SPAMMY", CLASS_SPAM, 120, false, "x" };
static const struct finding_def virus = { "YARA", CLASS_MALWARE, 1000, false, "x" };
static const struct finding_def note = { "NOTE", CLASS_INFO, 0, false, "x" };
static const struct str rcpts[] = { STR("First@example.com"), STR("second@example.com") };
static char dir[] = "/tmp/sekimori-ledger.XXXXXX";

static struct conf *
config(const char *lines)
{
	struct conf *conf = NULL;
	struct buf errors;

	buf_init(&errors, ERRORS);
	if (conf_parse(str_of(lines), "t", settings, (struct conf_base){ .key = NULL }, &conf, &errors) != RC_OK) {
		printf("# %s\n", buf_cstr(&errors));
		abort();
	}
	buf_clear(&errors);
	return conf;
}

static void
fill(struct pool *pool, const struct conf *conf, struct result *res)
{
	struct report *r = &res->report;
	size_t part;

	*res = (struct result){ .session = { .client_addr = STR("192.0.2.7") }, .group = STR("unknown"), .ms = 12 };
	report_init(r, pool, conf_values(conf, &limits_table));
	r->from = STR("=?utf-8?q?x?= <Author@sender.example>");
	r->from_domain = STR("sender.example");
	r->subject = STR("請求書 No. 7");
	r->message_id = STR(" <one@sender.example> ");
	part = report_part(r, &(struct report_part){ .id = STR("1.2/in.zip/run.exe"), .parent = REPORT_NO_PART,
	    .name = STR("run.exe"), .hashed = true, .layer = true });
	report_ran(r, "swift", 3, 0);
	report_ran(r, "slow", 900, 0);
	report_ran(r, "finder", 3, 1);
	report_add(r, &spam, REPORT_NO_PART, "because");
	report_add(r, &virus, part, "Some-Signature");
	report_add(r, &note, part, "nothing");
	*(struct link *)vec_push(pool, &r->links, sizeof(struct link)) =
	    (struct link){ .url = STR("https://bad.example/a"), .outer = STR("https://wrap.example/?u=bad"), .host = STR("bad.example"),
		.part = part };
	res->outcome = (struct outcome){ .decided = true, .verdict = CLASS_MALWARE, .complete = true, .score = 1000,
	    .act.intercept = INTERCEPT_QUARANTINE, .would.intercept = INTERCEPT_QUARANTINE };
}

/* Record a message; its id. */
static struct str
put(struct pool *pool, const struct conf *conf, const struct ledger_stores *stores, enum entry_state state)
{
	struct session session = { .client_addr = STR("192.0.2.7"), .mail_from = STR("Bounce@sender.example"), .rcpts = rcpts,
	    .n_rcpts = 2 };
	const enum entry_state states[] = { state, state };
	char *id = pool_alloc(pool, RECORD_ID + 1);
	int64_t now = clock_wall_ms();
	struct result res;

	fill(pool, conf, &res);
	record_id_make(now, id);
	test_int(ledger_put(stores, &(struct ledger_in){ .conf = conf, .id = str_of(id), .result = &res, .size = 4321,
	    .node = STR("mx1.example.com"), .engines = STR("{\"rules\":7}"), .states = states, .now_ms = now, .pool = pool,
	    .where = { .id = STR("4QUEUE"), .phase = "MESSAGE", .wall_ms = now, .session = &session } }), RC_OK, "put");
	return str_of(id);
}

static bool
count(void *arg, const struct record *r)
{
	(void)r;
	++*(int *)arg;
	return true;
}

static void
found(const struct ledger_stores *stores, enum observable_kind kind, const char *value, int want)
{
	struct observable o = { kind, str_of(value) };
	int n = 0;

	test_int(records_find(stores->records, &(struct records_query){ .terms = &o, .n_terms = 1, .outcome = -1 }, count, &n),
	    RC_OK, "find");
	test_int(n, want, value);
}

static void
has(struct str doc, const char *what, bool want)
{
	test_int(str_find(doc, str_of(what)) != STR_NPOS, want, what);
}

static void
plain(void)
{
	struct conf *conf = config("");
	struct pool *pool = pool_new(0);
	struct ledger_stores stores;
	struct record r;
	struct buf why;
	struct str id;

	buf_init(&why, ERRORS);
	test_int(ledger_open(conf, str_of(dir), RECORDS_GATE, (struct log_ctx){ NULL, "-" }, &stores, &why), RC_OK, "open");
	id = put(pool, conf, &stores, ENTRY_HELD);
	test_int(records_get(stores.records, pool, id, &r, NULL), RC_OK, "get");
	test_str(r.queue_id, STR("4QUEUE"), "queue ID");
	test_str(r.message_id, STR("<one@sender.example>"), "Message-ID");
	test_str(r.from, STR("Author@sender.example"), "the author's address");
	test_str(r.verdict, STR("malware"), "verdict");
	test_str(r.findings, STR("SPAMMY YARA:Some-Signature"), "findings, without those for information");
	test_str(r.node, STR("mx1.example.com"), "node");
	test_str(r.body, id, "the body's key");
	test_int((int64_t)r.n_rcpts, 2, "recipients");
	test_int(r.rcpts[1].state, ENTRY_HELD, "held");
	test_int(r.rcpts[1].kind, QUARANTINE_VIRUS, "in the quarantine of its class");
	test_int(r.rcpts[1].expires_ms - r.time_ms, 30 * 86400 * 1000LL, "as long as that keeps");
	has(r.doc, "\"record\":\"", true);
	has(r.doc, "\"recipients\":[{\"address\":\"First@example.com\",\"outcome\":\"quarantine\",\"quarantine\":\"virus\"", true);
	has(r.doc, "\"engines\":{\"rules\":7}", true);
	has(r.doc, "\"checks\":[{\"name\":\"slow\",\"us\":900,\"findings\":0},{\"name\":\"finder\",", true);
	has(r.doc, "\"checks_run\":3", true);
	has(r.doc, "\"run.exe\"", true);
	has(r.doc, "請求書 No. 7", true);
	found(&stores, OBS_RCPT, "first@EXAMPLE.com", 1);
	found(&stores, OBS_RCPT_DOMAIN, "example.com", 1);
	found(&stores, OBS_SENDER, "<bounce@sender.example>", 1);
	found(&stores, OBS_FROM, "author@sender.example", 1);
	found(&stores, OBS_MESSAGE_ID, "one@sender.example", 1);
	found(&stores, OBS_NAME, "RUN.exe", 1);
	found(&stores, OBS_SHA256, "0000000000000000000000000000000000000000000000000000000000000000", 1);
	found(&stores, OBS_URL, "https://bad.example/a", 1);
	found(&stores, OBS_URL, "https://wrap.example/?u=bad", 1);
	found(&stores, OBS_HOST, "bad.example", 1);
	found(&stores, OBS_EVIDENCE, "Some-Signature", 1);
	found(&stores, OBS_FINDING, "SPAMMY", 1);
	found(&stores, OBS_SUBJECT, "請求", 1);
	found(&stores, OBS_SUBJECT, "no", 1);
	found(&stores, OBS_SUBJECT, "求", 0);
	buf_clear(&why);
	ledger_close(&stores);
	pool_free(&pool);
	conf_put(&conf);
}

/* What is hashed is found by who knows it, and read by nobody. */
static void
hashed(void)
{
	struct conf *conf = config("ledger.addresses = hashed\nledger.subject = hashed\n");
	const struct ledger_conf *lc = conf_values(conf, &ledger_table);
	struct pool *pool = pool_new(0);
	struct ledger_stores stores;
	struct vec words = { .n = 0 };
	struct record r;
	struct buf why;
	struct str id;

	buf_init(&why, ERRORS);
	test_int(ledger_open(conf, str_of(dir), RECORDS_GATE, (struct log_ctx){ NULL, "-" }, &stores, &why), RC_OK, "open");
	id = put(pool, conf, &stores, ENTRY_NONE);
	test_int(records_get(stores.records, pool, id, &r, NULL), RC_OK, "get");
	test_str(r.mail_from, ledger_address(&stores, lc, pool, STR("bounce@SENDER.example")).n ? r.mail_from : STR_NONE,
	    "a sender");
	test_ok(str_ends_nocase(r.mail_from, STR("@sender.example")), "its domain stands there");
	has(r.mail_from, "Bounce", false);
	has(r.doc, "Bounce", false);
	has(r.doc, "Author", false);
	has(r.doc, "First@", false);
	has(r.doc, "請求", false);
	has(r.subject, "請求", false);
	found(&stores, OBS_RCPT, pool_cstr(pool, ledger_address(&stores, lc, pool, STR("FIRST@example.com"))), 1);
	observable_asked(pool, ledger_subject(&stores, lc, pool, STR("請求")), &words);
	test_ok(words.n > 0, "words of a subject");
	found(&stores, OBS_SUBJECT, pool_cstr(pool, ((struct observable *)words.items)[0].value), 1);
	id = put(pool, conf, &stores, ENTRY_HELD);
	test_int(records_get(stores.records, pool, id, &r, NULL), RC_OK, "get one that is held");
	test_str(r.rcpts[0].address, STR("First@example.com"), "the quarantine knows whose it is");
	has(r.doc, "First@", false);
	buf_clear(&why);
	ledger_close(&stores);
	pool_free(&pool);
	conf_put(&conf);
}

static void
off(void)
{
	struct conf *conf = config("ledger.enable = no\n");
	struct ledger_stores stores;
	struct buf why;

	buf_init(&why, ERRORS);
	test_int(ledger_open(conf, str_of(dir), RECORDS_GATE, (struct log_ctx){ NULL, "-" }, &stores, &why), RC_OK, "off");
	test_ok(!stores.records && !stores.bodies, "opens nothing");
	buf_clear(&why);
	conf_put(&conf);
}

/* Every mistake with its line. */
static void
times(void)
{
	struct conf *conf = config("ledger.keep = 14d\nquarantine.virus.keep = 15d\nquarantine.policy.keep = 1d\n"
	    "quarantine.content.keep = 14d\n");
	struct buf errors;

	buf_init(&errors, ERRORS);
	test_int(ledger_try(conf, &errors), RC_BAD, "a quarantine that outlives the ledger");
	test_str(buf_str(&errors), STR("t:2: quarantine.virus.keep: longer than ledger.keep, which forgets whose it is\n"),
	    "is named");
	buf_clear(&errors);
	conf_put(&conf);
}

int
main(void)
{
	char command[COMMAND];

	if (!mkdtemp(dir))
		return 1;
	plain();
	hashed();
	off();
	times();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) != 0 || test_done();
}
