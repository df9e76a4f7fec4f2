/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "policy/quarantine.h"

#include "test.h"

static const struct opt_table *const tables[] = { &quarantine_table, NULL };

static const struct {
	const char *name;
	struct outcome o;
	bool held;
	enum quarantine_kind kind;
} rows[] = {
	{ "malware", { .decided = true, .verdict = CLASS_MALWARE, .act.intercept = INTERCEPT_QUARANTINE }, true, QUARANTINE_VIRUS },
	{ "phishing", { .decided = true, .verdict = CLASS_PHISHING, .act.intercept = INTERCEPT_QUARANTINE }, true, QUARANTINE_POLICY },
	{ "spam", { .decided = true, .verdict = CLASS_SPAM, .act.intercept = INTERCEPT_QUARANTINE }, true, QUARANTINE_SPAM },
	{ "bulk", { .decided = true, .verdict = CLASS_BULK, .act.intercept = INTERCEPT_QUARANTINE }, true, QUARANTINE_SPAM },
	{ "content", { .decided = true, .verdict = CLASS_CONTENT, .act.intercept = INTERCEPT_QUARANTINE }, true, QUARANTINE_CONTENT },
	{ "authentication", { .decided = true, .verdict = CLASS_AUTH, .act.intercept = INTERCEPT_QUARANTINE }, true, QUARANTINE_POLICY },
	{ "not looked at", { .act.intercept = INTERCEPT_QUARANTINE }, true, QUARANTINE_CONTENT },
	{ "held back", { .decided = true, .verdict = CLASS_MALWARE, .act.intercept = INTERCEPT_HOLD }, true, QUARANTINE_HOLD },
	{ "tagged", { .decided = true, .verdict = CLASS_SPAM, .act.intercept = INTERCEPT_TAG }, false, QUARANTINE_SPAM },
	{ "rejected", { .decided = true, .verdict = CLASS_SPAM, .act.intercept = INTERCEPT_REJECT }, false, QUARANTINE_SPAM },
};

static enum rc
configure(const char *text, struct conf **conf, struct buf *why)
{
	buf_reset(why);
	return conf_parse(str_of(text), "f", tables, (struct conf_base){ .key = NULL }, conf, why);
}

int
main(void)
{
	const struct quarantine_conf *c;
	struct conf *conf = NULL;
	struct buf why;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		test_int(quarantine_holds(&rows[i].o), rows[i].held, rows[i].name);
		test_int(quarantine_of(&rows[i].o), rows[i].kind, "its quarantine");
	}
	buf_init(&why, 10000);
	test_int(configure("quarantine.spam.keep = 2d\nquarantine.virus.users = view\n", &conf, &why), RC_OK, "configuration");
	c = conf_values(conf, &quarantine_table);
	test_int(c->kind[QUARANTINE_SPAM].keep_ms, 2 * 86400 * 1000LL, "what is said");
	test_int(c->kind[QUARANTINE_VIRUS].users, USERS_VIEW, "for each");
	test_int(c->kind[QUARANTINE_SPAM].users, USERS_RELEASE, "people release their spam by default");
	test_int(c->kind[QUARANTINE_HOLD].keep_ms, 3600 * 1000, "what is held back goes on after an hour");
	conf_put(&conf);
	test_int(configure("quarantine.spam.keep = 1s\nquarantine.virus.users = all\n", &conf, &why), RC_BAD, "mistakes");
	test_ok(str_find(buf_str(&why), STR("f:1: quarantine.spam.keep")) != STR_NPOS, "the first is named with its line");
	test_ok(str_find(buf_str(&why), STR("f:2: quarantine.virus.users")) != STR_NPOS, "and the second");
	buf_clear(&why);
	return test_done();
}
