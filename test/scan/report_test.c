/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include "scan/report.h"

static const struct finding_def def = { "TEST", CLASS_MALWARE, 50, false, "For the test." };

static void
findings(struct pool *pool, struct limits *lim)
{
	struct report r;
	static char evidence[1000];

	memset(evidence, 'e', sizeof(evidence));
	lim->findings = 2;
	report_init(&r, pool, lim);
	report_add(&r, &def, 3, "%s-%d", "x", 1);
	test_str(report_finding(&r, 0)->evidence, STR("x-1"), "evidence is formatted");
	test_ok(report_finding(&r, 0)->class == CLASS_MALWARE && report_finding(&r, 0)->score == 50, "class and score of the row");
	report_add_as(&r, &def, CLASS_SPAM, 7, REPORT_NO_PART, (struct str){ evidence, sizeof(evidence) });
	test_int((int64_t)report_finding(&r, 1)->evidence.n, REPORT_EVIDENCE, "evidence is cut");
	test_ok(report_finding(&r, 1)->class == CLASS_SPAM && report_finding(&r, 1)->score == 7, "or those it came with");
	test_ok(report_complete(&r) && !r.cut, "complete so far");
	report_add(&r, &def, 0, "one too many");
	report_add(&r, &def, 0, "and another");
	test_int((int64_t)r.findings.n, 2, "no more than limit.findings");
	test_ok(r.cut && !report_complete(&r) && r.unscanned.n == 1, "a report that lost findings is not complete");
}

static void
quotes(struct pool *pool, struct limits *lim)
{
	static const struct finding_def other = { "OTHER", CLASS_AUTH, 10, false, "For the test." };
	struct report r;

	lim->findings = 2;
	report_init(&r, pool, lim);
	report_quote(&r, &def, STR("nothing there"));
	report_add(&r, &def, REPORT_NO_PART, "a");
	report_add(&r, &other, REPORT_NO_PART, "b");
	report_quote(&r, &other, STR("said"));
	report_add(&r, &def, REPORT_NO_PART, "one too many");
	report_quote(&r, &def, STR("of a finding that was cut"));
	test_str(report_finding(&r, 0)->quote, STR_NONE, "no words of another finding");
	test_str(report_finding(&r, 1)->quote, STR("said"), "the words that belong to it");
}

static void
unscanned(struct pool *pool, struct limits *lim)
{
	struct report r;

	report_init(&r, pool, lim);
	report_unscanned(&r, UNSCANNED_ENCRYPTED, 1, "zip");
	report_unscanned(&r, UNSCANNED_ENCRYPTED, 1, "zip");
	report_unscanned(&r, UNSCANNED_ENCRYPTED, 2, "zip");
	report_unscanned(&r, UNSCANNED_LIMIT, 1, "zip");
	test_int((int64_t)r.unscanned.n, 3, "the same thing is said once");
	for (int i = 0; i < 100; i++)
		report_unscanned(&r, UNSCANNED_LIMIT, 1, "layer %d", i);
	test_ok(r.unscanned.n <= (size_t)lim->findings + 2 + REPORT_KINDS && !report_complete(&r),
	    "the list is bounded, the report incomplete");
}

/* A mild reason a thousand times, and a severe one behind it. */
static void
kinds(struct pool *pool, struct limits *lim)
{
	struct report r;

	report_init(&r, pool, lim);
	for (int i = 0; i < 100; i++)
		report_unscanned(&r, UNSCANNED_ENCRYPTED, (size_t)i, "zip: needs a password");
	test_int((int64_t)r.unscanned.n, lim->findings + 2, "one kind, up to the limit");
	report_unscanned(&r, UNSCANNED_AMBIGUOUS, 100, "zip: damaged");
	report_unscanned(&r, UNSCANNED_ENGINE, 100, "yara: failed");
	report_unscanned(&r, UNSCANNED_ENGINE, 100, "clamav: failed");
	report_unscanned(&r, UNSCANNED_ENGINE, 101, "clamav: failed again");
	test_int((int64_t)r.unscanned.n, lim->findings + 5, "the first of another kind still fits");
	report_unscanned_shorten(&r);
	test_int((int64_t)r.unscanned.n, 4, "one of each kind");
	test_ok(report_unscanned_at(&r, 0)->why == UNSCANNED_ENCRYPTED && report_unscanned_at(&r, 3)->why == UNSCANNED_ENGINE &&
	    str_eq(report_unscanned_at(&r, 3)->what, STR("clamav: failed")), "the first of each, in their order");
}

static void
parts(struct pool *pool, struct limits *lim)
{
	struct report r;
	struct report_part part = { .id = STR("1") };

	lim->layers = 1;
	lim->mime_parts = 1;
	report_init(&r, pool, lim);
	test_int((int64_t)report_part(&r, &part), 0, "first index");
	part.id = STR("1.1");
	test_int((int64_t)report_part(&r, &part), 1, "second index");
	test_str(report_part_at(&r, 1)->id, STR("1.1"), "kept in order");
	test_ok(report_part(&r, &part) == REPORT_NO_PART && !report_complete(&r), "over the limit: said, not silent");
}

int
main(void)
{
	struct pool *pool = pool_new(0);
	struct limits lim = { .findings = 10, .layers = 10, .mime_parts = 10 };

	findings(pool, &lim);
	quotes(pool, &lim);
	unscanned(pool, &lim);
	kinds(pool, &lim);
	parts(pool, &lim);
	for (int i = 0; i < UNSCANNED_N; i++)
		test_ok(unscanned_name((enum unscanned_why)i)[0] && unscanned_help((enum unscanned_why)i)[0],
		    "every reason has a name and help");
	pool_free(&pool);
	return test_done();
}
