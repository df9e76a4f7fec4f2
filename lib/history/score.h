/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* score.h - from good and bad counts to a reputation
 *
 * Input    decayed counts of counters.h
 * Units    points from -SCORE_MAX to SCORE_MAX as double here; tenths everywhere else
 * Limits   SCORE_CAP messages of a key count at once
 * Memory   plain numbers
 * Errors   none: no evidence gives what is inherited, or 0
 * Threads  reentrant
 * Source   Beta prior and log odds: Gelman et al., Bayesian Data Analysis, chapters 2 and 5
 *
 * A key that saw g good and b bad messages, each as its age and class weigh it, scores
 *
 *	1.5 * (log2((g + G) / (b + B)) - 2)		G + B = 20
 *
 * G and B are 20 made-up messages with the share of bad ones that is expected of somebody unknown: one
 * in five, which scores 0. Half of them bad is -3, where Cisco's moderate table blocks; 28 % is -1,
 * where it throttles; 1 % with much mail is about 5. Whoever sent little stays near what is expected.
 *
 * What is expected of an address follows from its network, and of the network from its autonomous
 * system, without what the narrower one has counted there itself: SCORE_FROM_NET and SCORE_FROM_ASN of
 * their scores. So an autonomous system alone makes nobody worse than suspect, but a network full of
 * addresses that each sent two bad messages is bad as a whole.
 */
#ifndef HISTORY_SCORE_H
#define HISTORY_SCORE_H

#include <stdint.h>

/* SCORE_CAP: the memory of a key is bounded, so that a sender that was taken over and is good again comes
 * back after some half-lives, however much it had sent. */
enum { SCORE_MAX = 10, SCORE_PRIOR = 20, SCORE_CAP = 250 };
#define SCORE_FROM_NET 0.75
#define SCORE_FROM_ASN 0.3

/* What a key has seen, as it counts now. */
struct score_evidence {
	double good, bad;
};

/* Counts as COUNT_HISTORY has them now, whose last addition is age_ms ago. */
struct score_evidence score_evidence(double good, double bad, int64_t age_ms, int64_t half_life_ms);
/* The score of a key of which `inherited` is expected; 0: of an unknown one. */
double score_of(struct score_evidence, double inherited);
/* How much a key has seen, from 0 to 1. */
double score_trust(struct score_evidence);

/* A weighted mean. */
struct score_mean {
	double sum, weight;
};
void score_mean_add(struct score_mean *, double score, double weight);
double score_mean(const struct score_mean *);		/* 0 of nothing */

int score_tenths(double);

#endif
