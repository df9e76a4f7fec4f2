/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* rcpts.h - what was found of single recipients, and what of it counts for the message
 *
 * Input    reports of the phase RCPT, each of one recipient
 * Units    none
 * Limits   struct limits, findings of all recipients together
 * Memory   in the pool that rcpts_init gets
 * Errors   none
 * Threads  one owner
 * Source   RFC 5321 3.3: each RCPT has an answer of its own, the message has one for all
 *
 * A finding that speaks of a recipient alone (finding.h) must not turn the message away from the
 * others. Where policy does not answer it at RCPT it counts at the end if all recipients have it.
 */
#ifndef GATE_RCPTS_H
#define GATE_RCPTS_H

#include "scan/report.h"

struct rcpts {
	struct report found;
};

void rcpts_init(struct rcpts *, struct pool *, const struct limits *);
/* This recipient stays. */
void rcpts_take(struct rcpts *, const struct report *own);
/* Add all of it to the message's report, which has n recipients. */
void rcpts_join(struct rcpts *, size_t n, struct report *message);

#endif
