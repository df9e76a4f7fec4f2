/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "history/score.h"

#include <math.h>

#include "test.h"

enum { HOUR = 3600000 };

static int
tenths(double good, double bad)
{
	return score_tenths(score_of(score_evidence(good, bad, 0, HOUR), 0));
}

static void
alone(void)
{
	static const struct {
		double good, bad;
		int want;
		const char *name;
	} cases[] = {
		{ 0, 0, 0, "nothing known" },
		{ 0, 1, -5, "one spam decides nothing" },
		{ 0, 3, -12, "nor does one virus" },
		{ 0, 15, -34, "five viruses do" },
		{ 1, 0, 1, "one good mail is next to nothing" },
		{ 20, 0, 18, "twenty are a beginning" },
		{ 100, 0, 43, "a hundred are good" },
		{ 1e6, 0, 61, "as good as it gets" },
		{ 0, 1e6, -90, "as bad as it gets" },
		{ 99000, 1000, 50, "1 % bad" },
		{ 95000, 5000, 29, "5 % bad" },
		{ 80000, 20000, 0, "a fifth is what is expected of anybody" },
		{ 50000, 50000, -28, "half of it bad" },
		{ -5, -5, 0, "no negative counts" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_int(tenths(cases[i].good, cases[i].bad), cases[i].want, cases[i].name);
}

/* More bad is never better, more good never worse; always within the bounds. */
static void
monotonous(void)
{
	bool down = true, up = true, bounded = true;

	for (double g = 0; g < 300; g += 7) {
		for (double b = 0; b < 300; b += 7) {
			for (double in = -20; in <= 20; in += 5) {
				double s = score_of((struct score_evidence){ g, b }, in);

				down &= score_of((struct score_evidence){ g, b + 1 }, in) <= s;
				up &= score_of((struct score_evidence){ g + 1, b }, in) >= s;
				bounded &= s >= -SCORE_MAX && s <= SCORE_MAX;
			}
		}
	}
	test_ok(down, "a bad message never helps");
	test_ok(up, "a good message never harms");
	test_ok(bounded, "within -10 and 10");
}

static void
inheritance(void)
{
	double none = score_of((struct score_evidence){ 0, 0 }, -4.5);

	test_int(score_tenths(none), -45, "without evidence it is what is expected");
	test_ok(score_of((struct score_evidence){ 0, 5 }, -4.5) < none, "bad mail makes it worse");
	test_ok(score_of((struct score_evidence){ 100, 0 }, -4.5) > 0, "much good mail outweighs it");
	test_ok(fabs(score_of((struct score_evidence){ 250, 0 }, -6) - score_of((struct score_evidence){ 250, 0 }, 0)) < 4,
	    "with much evidence it matters less");
}

/* What was seen long ago is worth less, and never more than the cap was then. */
static void
fading(void)
{
	struct score_evidence now = score_evidence(0, 1000, 0, HOUR), later = score_evidence(0, 1000, 2 * HOUR, HOUR);

	test_int((int64_t)now.bad, SCORE_CAP, "a key counts SCORE_CAP at most");
	test_int((int64_t)later.bad, SCORE_CAP / 4, "after two half-lives a quarter of that");
	test_int((int64_t)score_evidence(3, 1, HOUR, HOUR).good, 3, "what is below the cap has decayed already");
	test_int((int64_t)score_evidence(3, 1, -HOUR, HOUR).good, 3, "a clock that was set back changes nothing");
	test_int((int64_t)score_evidence(3, 1, HOUR, 0).good, 3, "no half-life, no decay");
	test_ok(fabs(now.bad / (now.good + now.bad) - 1) < 1e-9, "the share stays");
}

static void
means(void)
{
	struct score_mean m = { 0, 0 };

	test_int(score_tenths(score_mean(&m)), 0, "of nothing");
	score_mean_add(&m, -6, 1);
	score_mean_add(&m, 3, 0.5);
	test_int(score_tenths(score_mean(&m)), -30, "by weight");
	test_int((int64_t)(score_trust((struct score_evidence){ 10, 10 }) * 100), 50, "twenty messages are half the trust");
}

int
main(void)
{
	alone();
	monotonous();
	inheritance();
	fading();
	means();
	return test_done();
}
