/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/check/check.c, the runner */
#include "test.h"

#include "check/check.h"
#include "gate/settings.h"
#include "message/defect.h"

static struct conf *
configure(const char *text)
{
	struct conf *conf = NULL;
	struct buf why;

	buf_init(&why, 65536);
	if (conf_parse(str_of(text), "f", settings, (struct conf_base){ .key = NULL }, &conf, &why) != RC_OK)
		test_show("errors", buf_str(&why));
	buf_clear(&why);
	return conf;
}

/* Findings of the CONNECT phase, and that check_ptr ran, for a client without a name, under `text`. */
static void
connect_phase(const char *text, const char *want, const char *name)
{
	struct pool *pool = pool_new(0);
	struct limits lim;
	struct session session = { .client_addr = STR("192.0.2.1") };
	struct scan scan = { .pool = pool, .lim = &lim, .session = &session };
	struct conf *conf = configure(text);
	struct report r;
	struct buf got;

	limits_default(&lim);
	report_init(&r, pool, &lim);
	buf_init(&got, 65536);
	check_run(PHASE_CONNECT, PLACE_GATE, &scan, conf, &r);
	for (size_t i = 0; i < r.findings.n; i++)
		buf_printf(&got, "%s %d ", report_finding(&r, i)->def->name, report_finding(&r, i)->score);
	for (size_t i = 0; i < r.runs.n; i++)
		if (strcmp(report_run_at(&r, i)->check, "ptr") == 0)
			buf_printf(&got, "ran %s with %u", report_run_at(&r, i)->check, report_run_at(&r, i)->findings);
	test_str(buf_str(&got), str_of(want), name);
	test_int(scan.phase, PHASE_CONNECT, "the scan knows its phase");
	buf_clear(&got);
	conf_put(&conf);
	pool_free(&pool);
}

/* Nothing of the worker runs in the gate and the other way round. */
static void
places(void)
{
	struct pool *pool = pool_new(0);
	struct limits lim;
	struct session session = { .client_addr = STR("192.0.2.1") };
	struct scan scan = { .pool = pool, .lim = &lim, .session = &session };
	struct conf *conf = configure("");
	struct report r;

	limits_default(&lim);
	report_init(&r, pool, &lim);
	check_run(PHASE_CONNECT, PLACE_WORKER, &scan, conf, &r);
	test_int((int64_t)r.runs.n, 0, "no check of the gate in the worker");
	for (size_t i = 0; checks[i]; i++)
		test_ok((checks[i]->phase == PHASE_MESSAGE) == (checks[i]->place == PLACE_WORKER), checks[i]->name);
	conf_put(&conf);
	pool_free(&pool);
}

uint64_t check_mime_known(void);

static void
every_defect(void)
{
	for (int d = 0; d < DEFECT_N; d++)
		test_ok(check_mime_known() >> d & 1, defect_name((enum defect)d));
}

int
main(void)
{
	connect_phase("", "PTR_NONE 20 ran ptr with 1", "a check runs");
	connect_phase("scores = PTR_NONE=0.5", "PTR_NONE 5 ran ptr with 1", "the operator's score");
	connect_phase("scores = PTR_NONE=0", "PTR_NONE 0 ran ptr with 1", "recorded without effect");
	connect_phase("checks_disabled = ptr", "", "a disabled check does not run");
	places();
	every_defect();
	return test_done();
}
