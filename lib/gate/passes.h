/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* passes.h - our own mail at the end of a message: is its pass good, and is it the first time?
 *
 * Input    the field X-Sekimori-Pass of anybody; the message in its spool
 * Units    milliseconds
 * Limits   records.deadline_ms of the ledger
 * Memory   in the pool of the message
 * Errors   PASSES_LATER: the ledger does not answer, or nobody knows whether it was used, the message must come again
 * Threads  that of the session
 * Source   response/pass.h. Only the top header counts: fields of nested messages are text. What a stranger sent is hashed
 *          here only when the pass is sealed by us, and nothing of it is read but the fields that the pass binds
 */
#ifndef GATE_PASSES_H
#define GATE_PASSES_H

#include "policy/policy.h"
#include "response/pass.h"

struct gate_session;

enum passes_fate {
	PASSES_NONE,			/* the ordinary way */
	PASSES_LET_BY,			/* accepted as it is */
	PASSES_AGAIN,			/* the end of a hold: scanned, but neither held nor refused */
	PASSES_FORGED,			/* the ordinary way, with the finding PASS_FORGED */
	PASSES_USED,			/* refused */
	PASSES_LATER
};

struct passes {
	struct str value;		/* of the first field; how many there were is in session->fields */
	enum passes_fate fate;
	struct pass pass;		/* LET_BY, AGAIN, USED */
	struct str verdict;		/* AGAIN: the one that the message was held with */
};

/* Let by, for an answer that the MTA may not have yet. */
struct passes_awaited {
	bool any, again;
	uint16_t number;
	int64_t claim_ms;
	char id[PASS_ID + 1];
};

void passes_seen(struct gate_session *, struct str name, struct str value);
/* After spool_finish: sets fate; LET_BY, USED, LATER: the result as well, as the message is not looked at. */
void passes_judge(struct gate_session *);
/* AGAIN, once there is a result: what would be held or refused is delivered when it is clean, else quarantined. */
void passes_temper(struct outcome *);
/* Before the answer: it is used now. RC_NONE: it was used meanwhile; RC_TEMP: the ledger does not take it. */
enum rc passes_commit(struct gate_session *) MUST_CHECK;
/* The MTA goes on, or away: it has the answer to the message before, and what was let by is released. */
void passes_answered(struct gate_session *);
/* One line in the log, in place of the verdict's. */
void passes_log(const struct gate_session *);

#endif
