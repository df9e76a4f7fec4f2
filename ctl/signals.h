/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* signals.h - end a long run in order: workers stopped, folders wiped, then die by the signal
 *
 * Input    SIGINT, SIGTERM, SIGHUP
 * Units    none
 * Limits   none
 * Memory   one flag
 * Errors   none
 * Threads  the flag may be read by any; other threads than the first block every signal
 * Source   signal(7); a shell wants to see that a command died by the signal
 */
#ifndef CTL_SIGNALS_H
#define CTL_SIGNALS_H

void signals_watch(void);
int signals_caught(void);	/* 0: none yet */
/* When one was caught: flush, and die by it. */
void signals_die(void);

#endif
