/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* clock.h - what time it is, for deadlines and for log lines
 *
 * Input    none
 * Units    milliseconds and microseconds as the name says
 * Limits   none
 * Memory   none
 * Errors   none
 * Threads  reentrant
 * Source   clock_gettime(2); deadlines use CLOCK_MONOTONIC
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
int64_t clock_wall_ms(void);		/* since 1970-01-01 UTC */

/* Milliseconds until `deadline_ms` (monotonic), 0 when past; fits poll(2). */
int clock_left_ms(int64_t deadline_ms);

#endif
