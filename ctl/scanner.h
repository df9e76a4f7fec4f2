/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* scanner.h - judge many messages at once, answers in the order of the questions
 *
 * Input    paths of messages; what judge.h wants to know
 * Units    microseconds
 * Limits   SCANNER_THREADS messages at work; at most SCANNER_AHEAD answers wait for an earlier one
 * Memory   an answer lives until `each` returns
 * Errors   as judge.h
 * Threads  scanner_run starts its own; `each` is called by the caller's
 * Source   none
 */
#ifndef CTL_SCANNER_H
#define CTL_SCANNER_H

#include "files.h"
#include "judge.h"

enum { SCANNER_THREADS = 16, SCANNER_AHEAD = 64 };

/* What is done with each answer, and in between. */
struct scanner_sink {
	void (*each)(void *arg, const char *path, struct str json);
	void (*tick)(void *arg);	/* a few times a second while waiting */
	void *arg;
};

struct scanner;

/* threads 0: as many as there are workers. RC_OK, or RC_BAD after saying why on stderr. */
enum rc scanner_open(const struct judge_setup *, size_t threads, struct scanner **out) MUST_CHECK;
/* Returns early, with false, after SIGINT, SIGTERM or SIGHUP: the process has to end then. */
bool scanner_run(struct scanner *, const struct files *, const struct scanner_sink *);
void scanner_close(struct scanner **);

#endif
