/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* errand.h - a part of a job, in a process of its own that can read little and do less
 *
 * Input    what to do; what the child leaves in its result, which is hostile: it has read what
 *          strangers wrote
 * Units    monotonic milliseconds
 * Limits   a deadline: one that is late is killed
 * Memory   errand_clear
 * Errors   errand_result: RC_TEMP with `why`: it crashed, was killed or said that it failed
 * Threads  one owner without threads: it forks
 * Source   worker/sandbox.h: the room, which the child closes around itself
 */
#ifndef JOBS_ERRAND_H
#define JOBS_ERRAND_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/rc.h"

struct errand {
	pid_t pid;			/* 0: none at work */
	int end;			/* readable when it has ended */
	int result;			/* a memory file */
	int64_t by_ms;
	bool late;
	int status;
	struct str map;
};

/* run: in the child, which has no descriptors but stderr and `result`; its value is the exit status. */
enum rc errand_start(struct errand *, int (*run)(void *arg, int result), void *arg, int64_t by_ms) MUST_CHECK;
/* True: it has ended, by itself or because it was late. */
bool errand_ended(struct errand *);
/* What it wrote; valid until errand_clear. */
enum rc errand_result(struct errand *, struct str *out, struct buf *why) MUST_CHECK;
void errand_clear(struct errand *);	/* kills it when it is at work */

#endif
