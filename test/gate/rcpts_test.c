/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/rcpts.h"

#include "conf/limits_opts.h"
#include "test.h"

static const struct finding_def alone = { .name = "ALONE", .class = CLASS_RECIPIENT, .score = 100, .alone = true };
static const struct finding_def other = { .name = "OTHER", .class = CLASS_RECIPIENT, .score = 50, .alone = true };
static const struct finding_def sender = { .name = "SENDER", .class = CLASS_FLOW, .score = 100 };

/* A letter is a recipient: what was found of it. */
static const struct { const char *name, *found; int want_alone, want_other, want_sender; } cases[] = {
	{ "of the only one", "a", 100, 0, 0 },
	{ "of one of two", "a.", 0, 0, 0 },
	{ "of both", "aa", 200, 0, 0 },
	{ "of each another", "ao", 0, 0, 0 },
	{ "of the sender, at one of three", "..s", 0, 0, 100 },
	{ "of two of three, and of the sender", "oos", 0, 0, 100 },
	{ "of all, twice", "bb", 200, 100, 0 },
	{ "nothing", "...", 0, 0, 0 },
};

static int
sum(const struct report *r, const struct finding_def *def)
{
	int n = 0;

	for (size_t i = 0; i < r->findings.n; i++)
		if (report_finding(r, i)->def == def)
			n += report_finding(r, i)->score;
	return n;
}

static void
one(size_t k, struct pool *pool, const struct limits *lim)
{
	struct report message;
	struct rcpts r;
	size_t n = strlen(cases[k].found);

	report_init(&message, pool, lim);
	rcpts_init(&r, pool, lim);
	for (size_t i = 0; i < n; i++) {
		char c = cases[k].found[i];
		struct report own;

		report_init(&own, pool, lim);
		if (c == 'a' || c == 'b')
			report_add(&own, &alone, REPORT_NO_PART, "rcpt=%zu", i);
		if (c == 'o' || c == 'b')
			report_add(&own, &other, REPORT_NO_PART, "rcpt=%zu", i);
		if (c == 's')
			report_add(&own, &sender, REPORT_NO_PART, "ip");
		report_ran(&own, "recipient", 3, 1);
		rcpts_take(&r, &own);
	}
	rcpts_join(&r, n, &message);
	test_int(sum(&message, &alone), cases[k].want_alone, cases[k].name);
	test_int(sum(&message, &other), cases[k].want_other, "the other");
	test_int(sum(&message, &sender), cases[k].want_sender, "and of the sender");
	test_int((int64_t)message.runs.n, 1, "a row for each check, not for each recipient");
	test_int(report_run_at(&message, 0)->us, (int64_t)n * 3, "with the time of all");
}

int
main(void)
{
	struct pool *pool = pool_new(0);
	struct limits lim;

	limits_default(&lim);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		one(i, pool, &lim);
	pool_free(&pool);
	return test_done();
}
