/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/check.h"

#include "base/clock.h"

const struct check *const checks[] = {
#define CHECK(name) &check_##name,
#define CHECK_WITH_OPTIONS(name) CHECK(name)
#include "check/checks.list"
#undef CHECK
#undef CHECK_WITH_OPTIONS
	NULL
};

const struct check *
check_find(struct str name)
{
	for (size_t i = 0; checks[i]; i++)
		if (str_eq(name, str_of(checks[i]->name)))
			return checks[i];
	return NULL;
}

const struct finding_def *
finding_find(struct str name)
{
	for (size_t i = 0; checks[i]; i++)
		for (const struct finding_def *f = checks[i]->found; f->name; f++)
			if (str_eq(name, str_of(f->name)))
				return f;
	return NULL;
}

static bool
is_disabled(const struct check_conf *conf, const struct check *c)
{
	for (size_t i = 0; i < conf->disabled.n; i++)
		if (conf->disabled.item[i] == c)
			return true;
	return false;
}

bool
check_is_enabled(const struct conf *conf, const struct check *c)
{
	return !is_disabled(conf_values(conf, &check_table), c);
}

/* Give the findings from `first` on the scores that the operator wants. */
static void
apply_scores(const struct check_conf *conf, struct report *r, size_t first)
{
	struct finding *all = r->findings.items;

	for (size_t i = first; i < r->findings.n; i++)
		for (size_t s = 0; s < conf->scores.n; s++)
			if (conf->scores.item[s].def == all[i].def)
				all[i].score = conf->scores.item[s].score;
}

/* A check that could not finish has not looked: say so, policy decides. */
static void
note_failure(enum rc rc, const struct check *c, struct report *r)
{
	switch (rc) {
	case RC_OK: case RC_NONE:
		return;
	case RC_LIMIT:
		report_unscanned(r, UNSCANNED_LIMIT, REPORT_NO_PART, "%s: limit of the check", c->name);
		return;
	case RC_TEMP: case RC_BAD:
		report_unscanned(r, UNSCANNED_ENGINE, REPORT_NO_PART, "%s: check failed", c->name);
		return;
	}
}

static void
run_enabled(const struct check *c, const struct scan *scan, const struct conf *conf, struct report *r)
{
	size_t first = r->findings.n;
	int64_t start = clock_mono_us();
	enum rc rc = c->run(scan, c->opts ? conf_values(conf, c->opts) : NULL, r);

	note_failure(rc, c, r);
	apply_scores(conf_values(conf, &check_table), r, first);
	report_ran(r, c->name, (uint32_t)(clock_mono_us() - start), (uint32_t)(r->findings.n - first));
}

void
check_want(enum phase phase, enum place place, struct scan *scan, const struct conf *conf)
{
	const struct check_conf *all = conf_values(conf, &check_table);

	scan->phase = phase;
	for (size_t i = 0; checks[i]; i++)
		if (checks[i]->want && checks[i]->phase == phase && checks[i]->place == place &&
		    !is_disabled(all, checks[i]))
			checks[i]->want(scan, checks[i]->opts ? conf_values(conf, checks[i]->opts) : NULL);
}

static bool
has_turn(const struct check *c, enum scan_turn turn)
{
	return turn == SCAN_WHOLE || c->proof == (turn == SCAN_PROOF);
}

void
check_run(enum phase phase, enum place place, struct scan *scan, const struct conf *conf, struct report *r)
{
	const struct check_conf *all = conf_values(conf, &check_table);

	scan->phase = phase;
	for (size_t i = 0; checks[i]; i++)
		if (checks[i]->phase == phase && checks[i]->place == place &&
		    has_turn(checks[i], scan->turn) && !is_disabled(all, checks[i]))
			run_enabled(checks[i], scan, conf, r);
}

void
check_run_one(const struct check *c, const struct scan *scan, const struct conf *conf, struct report *r)
{
	if (check_is_enabled(conf, c))
		run_enabled(c, scan, conf, r);
}
