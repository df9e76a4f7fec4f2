/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* tally.h - the arithmetic of a counter: windows, half-lives, marks
 *
 * Input    an operation of counters.h and the time; stored values of this node
 * Units    milliseconds of wall clock
 * Limits   TALLY_MAX for every number, TALLY_WINDOW_MAX for windows
 * Memory   plain numbers in the caller's storage
 * Errors   none: numbers stop at their limits; a clock that steps back changes no window
 * Threads  reentrant
 * Source   sliding window of two fixed ones: the last window counts as far as it still reaches
 *          into the time looked at, as if its events had been spread evenly
 */
#ifndef STORE_TALLY_H
#define STORE_TALLY_H

#include "store/counters.h"

/* Exact in a double, which is what Lua in Redis counts with: 2^53 - 1. */
#define TALLY_MAX 9007199254740991LL
#define TALLY_WINDOW_MAX (20LL * 366 * 86400 * 1000)
enum { TALLY_HALF_LIVES = 10 };		/* then less than a thousandth is left, and it is forgotten */

/* What is stored of a counter. */
struct tally {
	enum counter_type type;
	int64_t window_ms;
	int64_t first_ms;		/* RATE: start of the window; else the first time seen */
	int64_t last_ms;		/* of the last addition */
	union {
		struct { int64_t now, before; } count;	/* RATE: this window, the last one; MARK: now */
		struct { double good, bad; } history;	/* as of last_ms */
	};
};

/* Does the operation only read? */
bool tally_reads(const struct counter_op *);
/* Add what the operation says to `t` and fill in its results. A tally of another type, or one
 * that would be forgotten by now, starts anew; all zero is a new one. */
void tally_run(struct tally *, struct counter_op *, int64_t now_ms);
/* From when on nobody needs to remember it. */
int64_t tally_expires_ms(const struct tally *);
/* Are all numbers within their limits? For what comes from a file or another machine. */
bool tally_is_sound(const struct tally *);

#endif
