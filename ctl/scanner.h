/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* scanner.h - judge many messages at once, answers in the order of the questions
 *
 * Input    paths of messages; the session to judge them in
 * Units    microseconds
 * Limits   SCANNER_THREADS messages at work; message_max of the configuration each; at most
 *          SCANNER_AHEAD answers wait for an earlier one
 * Memory   an answer lives until `each` returns
 * Errors   scanner_open says on stderr why it cannot; a message that could not be judged
 *          is answered by {"file":...,"error":...}
 * Threads  scanner_run starts its own; `each` is called by the caller's
 * Source   the running sekimorid is asked where there is one, else an own set of sandboxed
 *          workers (gate/local.h)
 */
#ifndef CTL_SCANNER_H
#define CTL_SCANNER_H

#include "base/buf.h"
#include "conf/conf.h"
#include "files.h"
#include "scan/session.h"

enum { SCANNER_THREADS = 16, SCANNER_AHEAD = 64 };

struct scanner_setup {
	const struct conf *conf;	/* borrowed until scanner_close */
	bool local;			/* never ask sekimorid */
	bool explain;
	size_t threads;			/* 0: as many as there are workers */
	struct session session;
};

/* What is done with each answer, and in between. */
struct scanner_sink {
	void (*each)(void *arg, const char *path, struct str json);
	void (*tick)(void *arg);	/* a few times a second while waiting */
	void *arg;
};

struct scanner;

/* RC_OK, or RC_BAD after saying why on stderr. */
enum rc scanner_open(const struct scanner_setup *, struct scanner **out) MUST_CHECK;
bool scanner_is_local(const struct scanner *);
/* Returns early, with false, after SIGINT, SIGTERM or SIGHUP: the process has to end then. */
bool scanner_run(struct scanner *, const struct files *, const struct scanner_sink *);
void scanner_close(struct scanner **);

/* The signal that ended scanner_run, or 0. */
int scanner_signal(void);

#endif
