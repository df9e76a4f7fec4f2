/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* pipeline.h - one message from spool to outcome; what milter and ctl both drive
 *
 * Input    a spooled message and its session
 * Units    milliseconds
 * Limits   struct limits of the snapshot
 * Memory   results live in the transaction's pool
 * Errors   none: every message has an outcome (policy_failed when nothing is known)
 * Threads  any number, one per transaction
 * Source   lib/README.md, "Way of a message"
 */
#ifndef GATE_PIPELINE_H
#define GATE_PIPELINE_H

#include "gate/spool.h"
#include "policy/policy.h"
#include "scan/scan.h"
#include "worker/workers.h"

/* What all transactions share. */
struct gate {
	struct conf *conf;		/* snapshot in force; a session pins its own */
	struct workers *workers;
	struct log_ctx lc;
};

struct result {
	struct report report;
	struct outcome outcome;
	uint32_t ms;			/* end of message to outcome */
};

/* Run the checks of an SMTP phase; findings are added to `report`, which later joins the
 * message's. Returns the outcome so far (accept unless policy turns the client away). */
void pipeline_phase(struct gate *, const struct conf *, enum phase, struct scan *, struct report *, struct outcome *);

/* Scan, decide. `before` holds the findings of the earlier phases, or NULL. */
void pipeline_message(struct gate *, const struct conf *, const struct session *, const struct spool *,
    const struct report *before, struct pool *, struct log_ctx, struct result *out);

#endif
