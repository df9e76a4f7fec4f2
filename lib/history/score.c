/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "history/score.h"

#include <math.h>

/* Points for each doubling of good against bad, and log2 of the odds of an unknown sender, 4 : 1. */
#define STEP 1.5
#define UNKNOWN 2.0

static double
clamp(double score)
{
	return score > SCORE_MAX ? SCORE_MAX : score < -SCORE_MAX ? -SCORE_MAX : score;
}

/* The cap was in force when the last message came and has decayed since then as well. */
struct score_evidence
score_evidence(double good, double bad, int64_t age_ms, int64_t half_life_ms)
{
	double age = age_ms > 0 && half_life_ms > 0 ? (double)age_ms / (double)half_life_ms : 0;
	double cap = SCORE_CAP * exp2(-age), n = good + bad;
	struct score_evidence e = { good > 0 ? good : 0, bad > 0 ? bad : 0 };

	if (n > cap) {
		e.good *= cap / n;
		e.bad *= cap / n;
	}
	return e;
}

double
score_of(struct score_evidence e, double inherited)
{
	double odds = exp2(UNKNOWN + clamp(inherited) / STEP);
	double good = e.good + SCORE_PRIOR * odds / (1 + odds);
	double bad = e.bad + SCORE_PRIOR / (1 + odds);

	return clamp(STEP * (log2(good / bad) - UNKNOWN));
}

double
score_trust(struct score_evidence e)
{
	double n = e.good + e.bad;

	return n / (n + SCORE_PRIOR);
}

void
score_mean_add(struct score_mean *m, double score, double weight)
{
	m->sum += score * weight;
	m->weight += weight;
}

double
score_mean(const struct score_mean *m)
{
	return m->weight > 0 ? m->sum / m->weight : 0;
}

int
score_tenths(double score)
{
	return (int)lround(clamp(score) * 10);
}
