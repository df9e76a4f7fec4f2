/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* result.h - what the pipeline says about one message
 *
 * Input    none
 * Units    milliseconds
 * Limits   none
 * Memory   report and outcome live in the pool of the transaction
 * Errors   none
 * Threads  plain data
 * Source   lib/README.md, "Words"
 */
#ifndef GATE_RESULT_H
#define GATE_RESULT_H

#include "policy/policy.h"
#include "scan/report.h"
#include "scan/session.h"

struct link_targets;		/* check/link_targets.h */
struct party;			/* gate/parties.h */

struct result {
	struct report report;
	struct outcome outcome;		/* of the party that stays */
	struct party *parties;		/* of recipients with the same outcome; NULL before it is decided */
	size_t n_parties;
	struct session session;		/* as it was judged: behind trusted relays, of the client in front of them */
	struct auth_facts auth;		/* what was proved of the sender */
	struct link_targets *links;	/* what is thought of its links; NULL: it was not looked at */
	struct str group;		/* sender group of the client, or empty */
	struct str record;		/* id of its record in the ledger, or empty */
	bool let_by;			/* our own mail, by its pass: nothing but that is changed */
	uint32_t ms;			/* end of message to outcome */
};

#endif
