/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* progress.h - how far a long run has come, on a terminal only
 *
 * Input    counts
 * Units    messages, milliseconds
 * Limits   one line
 * Memory   none
 * Errors   none
 * Threads  one
 * Source   shown on stderr from PROGRESS_AFTER_MS on, erased before anything else is written
 */
#ifndef CTL_PROGRESS_H
#define CTL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROGRESS_AFTER_MS = 1000, PROGRESS_EVERY_MS = 200 };

struct progress {
	bool on;			/* stderr is a terminal */
	bool shown;
	size_t done, total;		/* 0: nobody knows */
	int64_t start_ms, last_ms;
};

void progress_start(struct progress *, size_t total);
void progress_show(struct progress *);	/* at most every PROGRESS_EVERY_MS */
void progress_erase(struct progress *);

#endif
