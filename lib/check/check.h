/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* check.h - what a check is, and the table of all of them
 *
 * Input    struct scan; a check in PLACE_GATE sees no content (scan->msg is NULL)
 * Units    scores in tenths
 * Limits   a check keeps to scan->lim
 * Memory   from scan->pool; evidence is copied by report_add
 * Errors   RC_OK also when nothing was found; RC_TEMP and RC_LIMIT become `unscanned`
 *          with the check's name, what follows from it is policy
 * Threads  run() is called by one thread per message; a check has no state of its own
 * Source   lib/check/README.md: how to add one in three steps
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "conf/conf.h"
#include "scan/scan.h"

struct check {
	const char *name;		/* "ptr": log key, test folder; its options are check.NAME.* */
	const char *title, *source;	/* one line for the manual; RFC or vendor document */
	enum phase phase;
	enum place place;
	bool proof;			/* in a worker: needs only the bytes and keys (SCAN_PROOF) */
	const struct opt_table *opts;	/* its options, or NULL */
	const struct finding_def *found; /* every finding it may report, ended by a row without name */
	/* Ask what run() will read from DNS, by dns_want; or NULL. All checks of a phase ask
	 * before the first one runs. conf: the struct that opts describes, NULL without opts. */
	void (*want)(const struct scan *, const void *conf);
	enum rc (*run)(const struct scan *, const void *conf, struct report *);
};

/* All checks of checks.list, ended by NULL. */
extern const struct check *const checks[];

const struct check *check_find(struct str name);
/* The row of a finding by name, over all checks; NULL: no such finding. */
const struct finding_def *finding_find(struct str name);

/* A finding's score as the operator wants it. */
struct check_score {
	const struct finding_def *def;
	int score;
};

/* Options over all checks: checks_disabled and scores. */
struct check_conf {
	struct check_list {
		const struct check *const *item;
		size_t n;
	} disabled;			/* checks that do not run */
	struct check_scores {
		const struct check_score *item;
		size_t n;
	} scores;			/* "NAME=points": replaces the score of a finding's row */
};
extern const struct opt_table check_table;

/* The checks and their option tables, one of each for every line of checks.list. */
#define CHECK(name) extern const struct check check_##name;
#define CHECK_WITH_OPTIONS(name) CHECK(name) extern const struct opt_table check_##name##_options;
#include "check/checks.list"
#undef CHECK
#undef CHECK_WITH_OPTIONS

bool check_is_enabled(const struct conf *, const struct check *);
/* Let the enabled checks of a phase ask what they will read. Does not wait. */
void check_want(enum phase, enum place, struct scan *, const struct conf *);
/* Run the enabled checks of a phase, place and scan->turn, in the order of checks.list. */
void check_run(enum phase, enum place, struct scan *, const struct conf *, struct report *);
/* Run this one, unless it is disabled: out of its phase. */
void check_run_one(const struct check *, const struct scan *, const struct conf *, struct report *);

#endif
