/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* words.h - what workers write to stderr, passed on as escaped log lines
 *
 * Input    bytes of workers, which may have been taken over: they could forge log lines and
 *          move an operator's cursor if they wrote to the real stderr
 * Units    bytes
 * Limits   WORDS_LINE bytes per line, WORDS_RATE lines per second; the rest is counted only
 * Memory   one line
 * Errors   words_open: RC_TEMP, no pipe. A worker's write never blocks: what the pipe cannot
 *          hold is dropped
 * Threads  none: zygote only
 * Source   none
 */
#ifndef WORKER_WORDS_H
#define WORKER_WORDS_H

#include "base/log.h"

enum { WORDS_LINE = 400, WORDS_RATE = 50 };

struct words {
	int in, out;			/* both ends; out becomes the workers' stderr */
	char line[WORDS_LINE];
	size_t n;
	int64_t second;			/* the current one, and how many lines it has had */
	unsigned lines, dropped;
};

enum rc words_open(struct words *) MUST_CHECK;
void words_close(struct words *);
/* Read what is there; one log event for each line. */
void words_read(struct words *, struct log_ctx);

#endif
