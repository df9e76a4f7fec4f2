/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/fields.h"

#include "test.h"

static const struct str patterns[] = { STR("X-Sekimori-*"), STR("X-Spam-Flag") };
static const struct opt_list forged = { patterns, 2 };
static const struct finding_def def = { "TEST_HIT", CLASS_SPAM, 105, false, "test" };

static void
subjects(void)
{
	static const struct {
		const char *name;
		struct str tag, raw, want;
	} cases[] = {
		{ "ascii", STR("[SPAM] "), STR("hello"), STR("[SPAM] hello") },
		{ "tag without space", STR("[SPAM]"), STR("hello"), STR("[SPAM] hello") },
		{ "raw encoded word stays", STR("[SPAM] "), STR("=?ISO-2022-JP?B?GyRCJCIbKEI=?="),
		  STR("[SPAM] =?ISO-2022-JP?B?GyRCJCIbKEI=?=") },
		{ "no subject", STR("[SPAM] "), STR(""), STR("[SPAM]") },
		{ "tag of other letters, plain subject", STR("\xe6\xb3\xa8 "), STR("hello"),
		  STR("=?UTF-8?B?5rOo?= hello") },
		{ "space between encoded words goes inside", STR("\xe6\xb3\xa8 "), STR("=?UTF-8?Q?x?="),
		  STR("=?UTF-8?B?5rOoIA==?= =?UTF-8?Q?x?=") },
		{ "raw 8 bit stays", STR("[X] "), STR("\x83\x65\x83\x58"), STR("[X] \x83\x65\x83\x58") },
		{ "folds stay", STR("[X] "), STR("one\n two"), STR("[X] one\n two") },
		{ "long tag is cut between characters", STR("\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8"
		    "\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8"
		    "\xe6\xb3\xa8\xe6\xb3\xa8\xe6\xb3\xa8"), STR(""),
		  STR("=?UTF-8?B?5rOo5rOo5rOo5rOo5rOo5rOo5rOo5rOo5rOo5rOo5rOo5rOo5rOo5rOo5rOo?= =?UTF-8?B?5rOo?=") },
	};
	struct pool *pool = pool_new(0);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_str(fields_subject(pool, cases[i].tag, cases[i].raw), cases[i].want, cases[i].name);
	pool_free(&pool);
}

/* One line for each edit, so that a whole plan can be compared. */
static struct str
planned(struct pool *pool, const struct vec *edits)
{
	static const char *const ops[] = { [FIELD_DELETE] = "-", [FIELD_CHANGE] = "=", [FIELD_ADD] = "+" };
	const struct field_edit *e = edits->items;
	struct buf b;
	struct str out;

	buf_init(&b, 100000);
	for (size_t i = 0; i < edits->n; i++)
		buf_printf(&b, "%s%.*s/%d:%.*s|", ops[e[i].op], STR_ARG(e[i].name), e[i].index, STR_ARG(e[i].value));
	out = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

static struct str
plan(struct pool *pool, struct fields *f, bool own, enum intercept intercept, unsigned modify, bool observe)
{
	static const struct str added[] = { STR("X-Own: yes\r\nEvil: 1") };
	struct policy_conf pc = { .add_headers = own };
	struct limits lim;
	struct result res = { .outcome = { .complete = true, .score = 105, .decided = true,
	    .verdict = CLASS_SPAM, .observe = observe,
	    .act = { .intercept = intercept, .modify = modify, .subject = STR("[T] "),
	    .headers = added, .n_headers = 1 } } };
	struct vec edits = { .n = 0 };

	limits_default(&lim);
	report_init(&res.report, pool, &lim);
	report_add(&res.report, &def, REPORT_NO_PART, "x");
	fields_plan(f, &pc, &res, &edits);
	return planned(pool, &edits);
}

static void
plans(void)
{
	struct pool *pool = pool_new(0);
	struct fields f;

	fields_init(&f, pool, &forged);
	fields_seen(&f, STR("x-sekimori-verdict"), STR(" clean"));
	fields_seen(&f, STR("Subject"), STR(" hi"));
	fields_seen(&f, STR("X-SEKIMORI-Verdict"), STR(" clean"));
	fields_seen(&f, STR("X-Spam-Flag"), STR(" NO"));
	fields_seen(&f, STR("X-Spam-Flagged"), STR(" stays"));
	fields_seen(&f, STR("subject"), STR("  hu"));
	test_str(plan(pool, &f, false, INTERCEPT_ACCEPT, 0, false),
	    STR("-x-sekimori-verdict/2:|-x-sekimori-verdict/1:|-X-Spam-Flag/1:|"), "forged fields go, the last one first");
	test_str(plan(pool, &f, false, INTERCEPT_TAG, MODIFY_SUBJECT, false),
	    STR("-x-sekimori-verdict/2:|-x-sekimori-verdict/1:|-X-Spam-Flag/1:|=Subject/1:[T] hi|=Subject/2:[T] hu|"),
	    "every subject is marked");
	test_str(plan(pool, &f, true, INTERCEPT_REJECT, MODIFY_SUBJECT, false), STR(""), "what is refused is not changed");
	test_str(plan(pool, &f, true, INTERCEPT_TEMPFAIL, 0, false), STR(""), "nor what is deferred");
	test_str(plan(pool, &f, true, INTERCEPT_ACCEPT, MODIFY_SUBJECT, true), STR(""), "observing changes nothing");

	fields_init(&f, pool, NULL);
	fields_seen(&f, STR("X-Spam-Flag"), STR(" NO"));
	test_str(plan(pool, &f, true, INTERCEPT_TAG, MODIFY_SUBJECT | MODIFY_HEADER, false),
	    STR("+Subject/0:[T]|+X-Sekimori-Verdict/0:spam|+X-Sekimori-Modified/0:subject|"
	    "+X-Sekimori-Complete/0:yes|+X-Sekimori-Score/0:10.5|"
	    "+X-Sekimori-Findings/0:TEST_HIT=10.5|+X-Own/0:yes??Evil: 1|"),
	    "own fields; no line end gets into one");
	pool_free(&pool);
}

static void
many(void)
{
	struct pool *pool = pool_new(0);
	struct fields f;

	fields_init(&f, pool, &forged);
	for (int i = 0; i < FIELDS_FORGED; i++)
		fields_seen(&f, STR("X-Spam-Flag"), STR(" x"));
	test_ok(!f.cut, "as many forged fields as are remembered");
	fields_seen(&f, STR("X-Sekimori-More"), STR(" x"));
	test_ok(f.cut, "one more is said");
	pool_free(&pool);
}

int
main(void)
{
	subjects();
	plans();
	many();
	return test_done();
}
