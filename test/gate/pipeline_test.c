/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/pipeline.h"

#include "gate/settings.h"
#include "test.h"

static const struct finding_def def = { "TEST_HIT", CLASS_SPAM, 30, false, "test" };

static struct conf *
load(const char *text)
{
	const struct conf_base none = { .key = NULL };
	struct conf *conf = NULL;
	struct buf errors;

	buf_init(&errors, 4096);
	if (conf_parse(str_of(text), "test", settings, none, &conf, &errors) != RC_OK)
		printf("# %s\n", buf_cstr(&errors));
	buf_clear(&errors);
	return conf;
}

static void
join(void)
{
	struct pool *pool = pool_new(0);
	struct report a, b;
	struct limits lim;

	limits_default(&lim);
	report_init(&a, pool, &lim);
	report_init(&b, pool, &lim);
	report_add(&a, &def, 7, "early");
	report_quote(&a, &def, STR("ask us"));
	report_mute(&a, CLASS_SPAM);
	report_unscanned(&a, UNSCANNED_ENGINE, 3, "dns: timeout");
	report_ran(&a, "x", 5, 1);
	report_add(&b, &def, REPORT_NO_PART, "late");
	pipeline_join(&b, &a);
	test_int((int64_t)b.findings.n, 2, "findings of both");
	test_str(report_finding(&b, 1)->evidence, STR("early"), "with their evidence");
	test_str(report_finding(&b, 1)->quote, STR("ask us"), "and what the client is to hear");
	test_int((int64_t)b.muted, 1 << CLASS_SPAM, "classes that do not count");
	test_ok(report_finding(&b, 1)->part == REPORT_NO_PART, "of no part of this message");
	test_ok(!report_complete(&b), "what was unscanned stays so");
	test_int((int64_t)b.runs.n, 1, "and who ran");
	pool_free(&pool);
}

static void
swap(void)
{
	struct gate g = { .conf = load("sessions_max = 1\n") };
	struct conf *held = pipeline_conf(&g), *next = load("sessions_max = 2\n"), *now;

	pipeline_swap(&g, next);
	now = pipeline_conf(&g);
	test_int(((const struct gate_conf *)conf_values(held, &gate_table))->sessions_max, 1, "who holds the old one keeps it");
	test_int(((const struct gate_conf *)conf_values(now, &gate_table))->sessions_max, 2, "others get the new one");
	conf_put(&held);
	conf_put(&now);
	conf_put(&g.conf);
}

static void
last_line(void *arg, enum log_level level, const char *line, size_t n)
{
	struct buf *b = arg;

	(void)level;
	buf_reset(b);
	buf_add(b, (struct str){ line, n });
}

/* What could not be kept or read never becomes clean. */
static void
failures(void)
{
	static const struct {
		enum rc error;
		const char *name;
		bool failed;
		enum intercept want;
	} cases[] = {
		{ RC_LIMIT, "over message_max", false, INTERCEPT_QUARANTINE },
		{ RC_TEMP, "no space", true, INTERCEPT_TEMPFAIL },
	};
	struct buf line;
	struct log log = { last_line, &line, LOG_LEVEL_INFO, LOG_FORMAT_TEXT };
	struct log_ctx lc = { &log, "Q1" };
	struct gate g = { .conf = load("unscanned.limit = quarantine\non_fail = tempfail\n"), .lc = lc };
	struct session session = { .mail_from = STR("a@b") };

	buf_init(&line, LOG_LINE_MAX);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pool *pool = pool_new(0);
		struct spool spool;
		struct result res;

		spool_init(&spool, 0, 0, STR_NONE);
		spool.error = cases[i].error;
		pipeline_message(&g, &(struct pipeline_in){ .conf = g.conf, .session = &session, .spool = &spool,
		    .pool = pool, .lc = lc }, &res);
		test_int(res.outcome.failed, cases[i].failed, cases[i].name);
		test_int(res.outcome.act.intercept, cases[i].want, cases[i].name);
		test_ok(!res.outcome.complete, cases[i].name);
		pipeline_done(&g, &session, &spool, lc, &res);
		test_ok(str_starts(buf_str(&line), STR("Q1 verdict action=")), "one line says it");
		test_ok(str_find(buf_str(&line), STR("unscanned=no ")) == STR_NPOS, "and that it was not scanned");
		pool_free(&pool);
	}
	test_int((int64_t)g.counts.messages, 2, "counted");
	test_int((int64_t)g.counts.clean, 0, "none as clean");
	conf_put(&g.conf);
	buf_clear(&line);
}

int
main(void)
{
	join();
	swap();
	failures();
	return test_done();
}
