/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* standing.h - what is thought of a client before it says anything
 *
 * Input    filled in by checks of the gate, in the order of checks.list: lists, then history, then group
 * Units    reputation in tenths, from -100 (only bad mail) to 100 (only good mail)
 * Limits   none
 * Memory   plain data and slices into the pool of the connection or into the configuration
 * Errors   BAND_UNKNOWN, FLOW_NONE and empty slices say that nothing is known
 * Threads  one owner
 * Source   the sender groups of mail gateways: Cisco AsyncOS, "Defining which hosts are allowed to connect"
 */
#ifndef SCAN_STANDING_H
#define SCAN_STANDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum band { BAND_UNKNOWN, BAND_BAD, BAND_SUSPECT, BAND_NEUTRAL, BAND_GOOD, BAND_N };

/* The mail-flow policy of the sender group that matched. */
enum flow { FLOW_NONE, FLOW_BLOCKED, FLOW_THROTTLED, FLOW_ACCEPTED, FLOW_TRUSTED, FLOW_N };

const char *band_name(enum band);	/* "unknown" */
const char *flow_name(enum flow);	/* "throttled"; "none" */

enum { STANDING_LISTS = 16 };

struct history_known;		/* history/history.h */

struct standing {
	bool relay;			/* the connection is that of a trusted relay: who sent is found in the message */
	bool unsaid;			/* nobody said where it comes from: asked by an operator, without an address */
	struct str group;		/* name of the first sender group that matched */
	enum flow flow;
	struct str lists[STANDING_LISTS]; /* DNS lists that have the client's address: zone names */
	size_t n_lists;
	bool has_reputation;
	int reputation;
	enum band band;
	bool new_sender;		/* the client's network was never seen before */
	bool first_contact;		/* this sender never wrote to this recipient's domain */
	const struct history_known *known; /* what was read of client and sender; NULL: nothing */
	uint32_t asn;			/* 0: not known */
	char country[3];		/* ISO 3166 two letters; "": not known */
};

#endif
