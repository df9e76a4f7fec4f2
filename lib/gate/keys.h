/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* keys.h - ask DNS for the keys of signatures while the message arrives
 *
 * Input    header fields in their order; any bytes. Of a signature only s= and d= are read
 * Units    milliseconds
 * Limits   AUTH_SIGNATURES signatures, twice AUTH_ARC_SETS fields of ARC, WIRE_KEYS names,
 *          WIRE_KEY_TEXTS records of a name
 * Memory   in the pool of the message
 * Errors   none: what is not asked is a temporary error for whoever wants to verify it
 * Threads  one owner
 * Source   RFC 6376 3.6.2.2
 *
 * The answers travel with the job of the worker that verifies. Its answer is then held against
 * them: nothing passes whose key was never there.
 */
#ifndef GATE_KEYS_H
#define GATE_KEYS_H

#include "net/dns.h"
#include "scan/report.h"

struct keys {
	struct pool *pool;
	struct dns_batch *dns;		/* NULL: nothing is asked */
	int64_t wait_ms, until_ms;	/* patience with one answer; the end of it for the last one */
	struct vec names;		/* struct str */
	size_t n_dkim, n_arc;
};

void keys_init(struct keys *, struct pool *, struct dns_batch *, int64_t wait_ms);
void keys_seen(struct keys *, struct str name, struct str value);
/* The same for all fields of a message that is there as a whole. */
void keys_of(struct keys *, const struct limits *, struct str message);
/* Is an answer still on its way? */
bool keys_wait(const struct keys *);
/* Wait for the answers. NULL: nothing was asked, so nothing can be said. */
const struct auth_keys *keys_answers(struct keys *);
/* Take back what a worker says of signatures whose keys it was not given. */
void keys_confirm(struct pool *, const struct auth_keys *, struct report_auth *);

#endif
