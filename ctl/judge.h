/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* judge.h - one message from a file to its answer
 *
 * Input    the path of a message, "-" for stdin; the session to judge it in
 * Units    microseconds
 * Limits   message_max of the configuration
 * Memory   appends the answer, one JSON object, to the caller's buf
 * Errors   judge_open says on stderr why it cannot; a message that could not be judged is
 *          answered by {"file":...,"error":...}
 * Threads  judge_message by any number of threads, each with its own connection
 * Source   the running sekimorid is asked where there is one, else an own set of sandboxed
 *          workers (gate/local.h)
 */
#ifndef CTL_JUDGE_H
#define CTL_JUDGE_H

#include "base/buf.h"
#include "conf/conf.h"
#include "scan/session.h"

struct judge_setup {
	const struct conf *conf;	/* borrowed until judge_close */
	bool local;			/* never ask sekimorid */
	bool explain;
	struct session session;
};

struct judge;

/* RC_OK, or RC_BAD after saying why on stderr. */
enum rc judge_open(const struct judge_setup *, struct judge **out) MUST_CHECK;
/* *sock: the thread's connection to sekimorid, -1 before the first; the thread closes it. */
void judge_message(struct judge *, int *sock, const char *path, struct buf *out);
void judge_close(struct judge **);
/* End the workers of our own while messages are at work: the process has to end then. */
void judge_abort(struct judge *);

#endif
