/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/tally.h"

#include <math.h>

static int64_t
clamp(int64_t v, int64_t max)
{
	return v < 0 ? 0 : v > max ? max : v;
}

/* No overflow: both are at most TALLY_MAX. */
static int64_t
plus(int64_t a, int64_t b)
{
	return clamp(a + clamp(b, TALLY_MAX), TALLY_MAX);
}

/* Negative numbers and NaN add nothing. */
static double
plus_real(double a, double b)
{
	double sum = b > 0 ? a + b : a;

	return sum < (double)TALLY_MAX ? sum : (double)TALLY_MAX;
}

static int64_t
window_of(const struct counter_op *op)
{
	return op->window_ms < 1 ? 1 : clamp(op->window_ms, TALLY_WINDOW_MAX);
}

bool
tally_reads(const struct counter_op *op)
{
	return op->type == COUNT_HISTORY ? !(op->good > 0) && !(op->bad > 0) : op->add <= 0;
}

int64_t
tally_expires_ms(const struct tally *t)
{
	switch (t->type) {
	case COUNT_RATE:
		return t->first_ms + 2 * t->window_ms;
	case COUNT_HISTORY:
		return t->last_ms + TALLY_HALF_LIVES * t->window_ms;
	case COUNT_MARK:
		return t->last_ms + t->window_ms;
	}
	return 0;
}

/* Move to the window that holds now; returns where in it now is. */
static int64_t
turn(struct tally *t, int64_t now_ms)
{
	int64_t start = now_ms - now_ms % t->window_ms;

	/* Clocks that are set back a little stay in the window; one that was wrong by more
	 * than that must not hold its count for years. */
	if (start < t->first_ms && t->first_ms - start <= t->window_ms)
		return 0;
	if (start == t->first_ms)
		return now_ms - start;
	t->count.before = start - t->first_ms == t->window_ms ? t->count.now : 0;
	t->count.now = 0;
	t->first_ms = start;
	return now_ms - start;
}

static void
run_rate(struct tally *t, struct counter_op *op, int64_t now_ms)
{
	int64_t at = turn(t, now_ms);
	double still = (double)(t->window_ms - at) / (double)t->window_ms;

	t->count.now = plus(t->count.now, op->add);
	op->count = plus(t->count.now, (int64_t)((double)t->count.before * still));
	if (op->add > 0 && now_ms > t->last_ms)
		t->last_ms = now_ms;
}

static void
run_history(struct tally *t, struct counter_op *op, int64_t now_ms)
{
	double age = now_ms > t->last_ms ? (double)(now_ms - t->last_ms) : 0;
	double left = exp2(-age / (double)t->window_ms);

	op->good_now = plus_real(t->history.good * left, op->good);
	op->bad_now = plus_real(t->history.bad * left, op->bad);
	op->first_ms = t->first_ms;
	op->last_ms = t->last_ms;
	if (tally_reads(op))
		return;
	t->history.good = op->good_now;
	t->history.bad = op->bad_now;
	t->first_ms = t->first_ms ? t->first_ms : now_ms;
	t->last_ms = now_ms > t->last_ms ? now_ms : t->last_ms;
}

static void
run_mark(struct tally *t, struct counter_op *op, int64_t now_ms)
{
	t->count.now = plus(t->count.now, op->add);
	op->count = t->count.now;
	op->first_ms = t->first_ms;
	op->last_ms = t->last_ms;
	if (tally_reads(op))
		return;
	t->first_ms = t->first_ms ? t->first_ms : now_ms;
	t->last_ms = now_ms > t->last_ms ? now_ms : t->last_ms;
}

/* RATE: counts of windows of another length say nothing about these. */
static bool
is_other(const struct tally *t, const struct counter_op *op)
{
	return t->type != op->type || (op->type == COUNT_RATE && t->window_ms != window_of(op));
}

void
tally_run(struct tally *t, struct counter_op *op, int64_t now_ms)
{
	now_ms = now_ms > 1 ? now_ms : 1;	/* 0 says never */
	op->count = 0;
	op->good_now = op->bad_now = 0;
	op->first_ms = op->last_ms = 0;
	if (is_other(t, op))
		*t = (struct tally){ .type = op->type };
	t->window_ms = window_of(op);
	if (op->type != COUNT_RATE && tally_expires_ms(t) <= now_ms)
		*t = (struct tally){ .type = op->type, .window_ms = t->window_ms };
	switch (op->type) {
	case COUNT_RATE:
		run_rate(t, op, now_ms);
		break;
	case COUNT_HISTORY:
		run_history(t, op, now_ms);
		break;
	case COUNT_MARK:
		run_mark(t, op, now_ms);
		break;
	}
}

static bool
is_real(double v)
{
	return v >= 0 && v <= (double)TALLY_MAX;	/* false for NaN */
}

static bool
is_count(int64_t v)
{
	return v >= 0 && v <= TALLY_MAX;
}

bool
tally_is_sound(const struct tally *t)
{
	if (t->window_ms < 1 || t->window_ms > TALLY_WINDOW_MAX || !is_count(t->first_ms) || !is_count(t->last_ms))
		return false;
	switch (t->type) {
	case COUNT_RATE:
		return is_count(t->count.now) && is_count(t->count.before) && t->first_ms % t->window_ms == 0;
	case COUNT_HISTORY:
		return is_real(t->history.good) && is_real(t->history.bad) && t->first_ms <= t->last_ms;
	case COUNT_MARK:
		return is_count(t->count.now) && t->first_ms <= t->last_ms;
	}
	return false;
}
