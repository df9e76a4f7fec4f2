/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* flow.h - flow policies: how much a sender group may send
 *
 * Input    options flow.POLICY.*, one set for each of BLOCKED, THROTTLED, ACCEPTED, TRUSTED
 * Units    bytes, messages, recipients; 0 is no limit
 * Limits   none of its own
 * Memory   plain data
 * Errors   none
 * Threads  reentrant
 * Source   Cisco AsyncOS, mail flow policies: the suggested values are the defaults here
 */
#ifndef POLICY_FLOW_H
#define POLICY_FLOW_H

#include "base/ip.h"
#include "conf/opt.h"
#include "scan/standing.h"

enum flow_checks { FLOW_CHECKS_ALL, FLOW_CHECKS_MALWARE };

struct flow_policy {
	int64_t connections;		/* at once, of a client */
	int64_t messages;		/* of a connection */
	int64_t recipients;		/* of a message */
	int64_t recipients_hour;	/* of a client, or of its network */
	int64_t sender_hour;		/* recipients of an envelope sender in an hour */
	int64_t size;			/* bytes of a message */
	int64_t bits4, bits6;		/* clients with so many leading bits in common are one */
	bool auth, tls;			/* required */
	int checks;			/* enum flow_checks */
	struct str text;		/* more for a client that is turned away, ASCII */
};

struct flow_conf {
	struct flow_policy policy[FLOW_N];	/* FLOW_NONE: no limits */
};
extern const struct opt_table flow_table;

/* The name under which a client's recipients are counted: "192.0.2.0/24". */
struct str flow_client(struct pool *, const struct flow_policy *, const struct ip *);

#endif
