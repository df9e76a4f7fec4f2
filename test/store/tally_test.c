/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/tally.h"
#include "test.h"

enum { MINUTE = 60000 };
#define T0 (1700000000000LL / MINUTE * MINUTE)	/* the start of a minute */

/* One counter, one step after the other. */
struct step {
	const char *name;
	int64_t at;		/* milliseconds after T0 */
	int64_t window_ms, add;
	int64_t want;
};

static void
rate(void)
{
	static const struct step steps[] = {
		{ "the first counts", 0, MINUTE, 1, 1 },
		{ "so do more", 1000, MINUTE, 9, 10 },
		{ "reading adds nothing", 30000, MINUTE, 0, 10 },
		{ "negative adds nothing", 30000, MINUTE, -5, 10 },
		{ "at the turn all of the last window is in reach", 60000, MINUTE, 0, 10 },
		{ "half of it half a window later", 90000, MINUTE, 0, 5 },
		{ "and what is new counts whole", 90000, MINUTE, 3, 8 },
		{ "a clock set back a little stays in the window", 59000, MINUTE, 1, 14 },
		{ "two windows later nothing is left", 210000, MINUTE, 0, 0 },
		{ "another window is another counter", 210000, MINUTE / 2, 2, 2 },
		{ "a clock that was years ahead is not waited for", -86400000, MINUTE / 2, 1, 1 },
		{ "numbers stop at the limit", -86400000, MINUTE / 2, INT64_MAX, TALLY_MAX },
		{ "and stay there", -86400000, MINUTE / 2, INT64_MAX, TALLY_MAX },
		{ "a window of nothing is a window of one millisecond", 0, 0, 1, 1 },
	};
	struct tally t = { .type = COUNT_RATE };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct counter_op op = { .type = COUNT_RATE, .window_ms = steps[i].window_ms, .add = steps[i].add };

		tally_run(&t, &op, T0 + steps[i].at);
		test_int(op.count, steps[i].want, steps[i].name);
		if (!test_ok(tally_is_sound(&t), "and it is sound"))
			test_int(t.first_ms, 0, "");
	}
}

static void
mark(void)
{
	struct tally t = { .type = COUNT_MARK };
	struct counter_op op = { .type = COUNT_MARK, .window_ms = 10 * MINUTE };

	tally_run(&t, &op, T0);
	test_ok(op.count == 0 && op.first_ms == 0 && op.last_ms == 0, "never seen");
	op.add = 1;
	tally_run(&t, &op, T0);
	test_ok(op.count == 1 && op.first_ms == 0, "before the first time it was not seen either");
	tally_run(&t, &op, T0 + MINUTE);
	test_ok(op.count == 2 && op.first_ms == T0 && op.last_ms == T0, "the second time it was");
	op.add = 0;
	tally_run(&t, &op, T0 + 10 * MINUTE);
	test_ok(op.count == 2 && op.first_ms == T0 && op.last_ms == T0 + MINUTE, "reading is no visit");
	tally_run(&t, &op, T0 + 11 * MINUTE);
	test_ok(op.count == 0 && op.first_ms == 0, "it is forgotten a window after the last");
}

static bool
near(double got, double want)
{
	return got > want - 0.001 && got < want + 0.001;
}

static void
history(void)
{
	struct tally t = { .type = COUNT_HISTORY };
	struct counter_op op = { .type = COUNT_HISTORY, .window_ms = MINUTE, .good = 8, .bad = 2 };

	tally_run(&t, &op, T0);
	test_ok(near(op.good_now, 8) && near(op.bad_now, 2) && op.first_ms == 0, "good and bad");
	op.good = op.bad = 0;
	tally_run(&t, &op, T0 + MINUTE);
	test_ok(near(op.good_now, 4) && near(op.bad_now, 1) && op.first_ms == T0, "half after a half-life");
	tally_run(&t, &op, T0 + 2 * MINUTE);
	test_ok(near(op.good_now, 2), "reading in between does not decay it twice");
	op.bad = 1;
	tally_run(&t, &op, T0 + 2 * MINUTE);
	test_ok(near(op.good_now, 2) && near(op.bad_now, 1.5), "what is added counts from then");
	op.bad = 0.0 / 0.0 * -1;
	op.good = -7;
	tally_run(&t, &op, T0 + 2 * MINUTE);
	test_ok(near(op.good_now, 2) && near(op.bad_now, 1.5), "what is no number, or negative, adds nothing");
	op.bad = 0;
	op.good = 0;
	tally_run(&t, &op, T0 - MINUTE);
	test_ok(near(op.good_now, 2), "before its time nothing grows");
	tally_run(&t, &op, T0 + 12 * MINUTE);
	test_ok(op.good_now > -1 && near(op.good_now, 0) && op.first_ms == 0, "it is forgotten after ten half-lives");
	op.good = 1e300;
	tally_run(&t, &op, T0);
	test_ok(op.good_now <= (double)TALLY_MAX && tally_is_sound(&t), "numbers stop at the limit");
}

static void
types(void)
{
	struct tally t = { .type = COUNT_MARK };
	struct counter_op mark_op = { .type = COUNT_MARK, .window_ms = MINUTE, .add = 7 };
	struct counter_op op = { .type = COUNT_HISTORY, .window_ms = MINUTE, .good = 1 };

	tally_run(&t, &mark_op, T0);
	tally_run(&t, &op, T0);
	test_ok(near(op.good_now, 1) && near(op.bad_now, 0) && op.first_ms == 0, "another type starts anew");
	t.history.bad = -1;
	test_ok(!tally_is_sound(&t), "negative numbers are not sound");
	t.history.bad = 0.0 / 0.0;
	test_ok(!tally_is_sound(&t), "nor is what is no number");
	t = (struct tally){ .type = COUNT_RATE, .window_ms = MINUTE, .first_ms = MINUTE + 1 };
	test_ok(!tally_is_sound(&t), "nor a window that starts where none does");
	t = (struct tally){ .type = COUNT_MARK, .window_ms = MINUTE, .first_ms = 2, .last_ms = 1 };
	test_ok(!tally_is_sound(&t), "nor a last time before the first");
}

int
main(void)
{
	rate();
	mark();
	history();
	types();
	return test_done();
}
