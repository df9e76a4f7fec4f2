/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* pulse.h - does the other side still answer: when to ask it, and when it counts as hung
 *
 * Input    the clock; that an answer came
 * Units    monotonic milliseconds
 * Limits   the caller's: how long a question may stay open. One question is open at a time
 * Memory   the caller's struct
 * Errors   none
 * Threads  none: one owner
 * Source   none. Time in which the owner itself did not look (it was stopped, or busy for more
 *          than PULSE_AWAY_MS) does not count: the answer may lie there unread
 */
#ifndef BASE_PULSE_H
#define BASE_PULSE_H

#include <stdint.h>

enum { PULSE_ASK_MS = 2000, PULSE_AWAY_MS = 1000 };

struct pulse {
	int64_t ask_at;		/* 0: not started, nobody is asked */
	int64_t since;		/* when the open question was asked; 0: none is open */
	int64_t looked;
};

enum pulse_news { PULSE_WELL, PULSE_ASK, PULSE_HUNG };

void pulse_start(struct pulse *, int64_t now_ms);
/* What to do now: nothing, ask, or end it: it left a question open for limit_ms. To be called
 * every few hundred milliseconds. HUNG is said once, then it is not asked any more. */
enum pulse_news pulse_look(struct pulse *, int64_t limit_ms, int64_t now_ms);
void pulse_answer(struct pulse *, int64_t now_ms);

#endif
