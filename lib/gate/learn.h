/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* learn.h - what the outcome of a transaction says about its client and sender
 *
 * Input    a transaction that has its answer
 * Units    none
 * Limits   those of history.h
 * Memory   names live in the given pool
 * Errors   none
 * Threads  any
 * Source   lib/history; a message that is clean and complete is good, one with a verdict is bad. What
 *          says nothing: our own failures, observe mode, what is deferred, what our own history or the
 *          operator's rules refused, mail of users who logged in, of this machine and of trusted relays
 */
#ifndef GATE_LEARN_H
#define GATE_LEARN_H

#include "gate/pipeline.h"

struct learn_from {
	const struct conf *conf;
	const struct session *session;
	const struct auth_facts *auth;		/* as far as it is known */
	const struct standing *standing;
	const struct report *report;
	const struct outcome *outcome;		/* as it was answered */
	const struct link_targets *links;	/* where its links lead; or NULL */
	struct pool *pool;
};

/* A message was answered. */
void learn_message(const struct gate *, const struct learn_from *);
/* MAIL or RCPT was refused. */
void learn_refusal(const struct gate *, const struct learn_from *);

#endif
