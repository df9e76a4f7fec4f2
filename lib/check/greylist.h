/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* greylist.h - whether a sender has come back, as counters remember it
 *
 * Input    envelope addresses of the client, which may be any bytes
 * Units    milliseconds of wall clock
 * Limits   names in counters as store/counters.h says
 * Memory   texts in the pool
 * Errors   none: without counters everyone is let through
 * Threads  reentrant
 * Source   E. Harris, The Next Step in the Spam Control War: Greylisting (2003); RFC 6647
 */
#ifndef CHECK_GREYLIST_H
#define CHECK_GREYLIST_H

#include "base/ip.h"
#include "store/counters.h"

struct greylist_rules {
	int64_t delay_ms;		/* a retry before that comes too early */
	int64_t window_ms;		/* one after that is a first try again */
	int64_t keep_ms;		/* how long who passed is remembered after the last mail */
	int64_t allow_after;		/* passes after which network and domain are let through; 0: never */
};

/* One recipient of one transaction. */
struct greylist_try {
	struct str client;		/* what stands for the client: its network, or that SPF passed */
	struct str from, to;		/* envelope, as the client said it */
	bool dry;			/* only a question: nothing is remembered */
};

enum greylist_state {
	GREYLIST_NEW,			/* never seen: must wait */
	GREYLIST_EARLY,			/* seen, but must wait longer */
	GREYLIST_PASSED,		/* came back in time, now or before */
	GREYLIST_KNOWN			/* network and domain passed often enough */
};

/* What is the sender now? What follows is remembered. *wait_ms: how long it still has to wait. */
enum greylist_state greylist_ask(struct counters *, const struct greylist_rules *, const struct greylist_try *,
    struct pool *, int64_t now_ms, int64_t *wait_ms);

/* The sender in the form that is the same in its next mail: lower case, without subaddress and
 * VERP, SRS with its hash and time stamp, BATV tags, and numbers of the message. */
struct str greylist_sender(struct pool *, struct str from);
/* "192.0.2.0/24" */
struct str greylist_network(struct pool *, const struct ip *, int64_t prefix4, int64_t prefix6);

#endif
