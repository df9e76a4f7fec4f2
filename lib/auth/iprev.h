/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* iprev.h - does an address have a name that leads back to it?
 *
 * Input    an address; names that whoever owns its reverse zone wrote
 * Units    none
 * Limits   IPREV_NAMES names of an address are looked at
 * Memory   names live in the batch's pool
 * Errors   none: a question without answer is a result
 * Threads  one per batch
 * Source   RFC 8601 2.7.3 and 3; RFC 7208 5.5 (the same, for "ptr" and %{p})
 */
#ifndef AUTH_IPREV_H
#define AUTH_IPREV_H

#include "base/ip.h"
#include "net/dns.h"
#include "scan/auth.h"

enum { IPREV_NAMES = 10 };	/* RFC 7208 4.6.4; RFC 8601 3 asks for a limit too */

struct iprev_names {
	enum dns_rc rc;			/* of the question for the names */
	struct str first;		/* of all of them */
	struct str name[IPREV_NAMES];	/* those that lead back, in the order of the answer */
	size_t n;
	bool unanswered;		/* some name could not be asked for */
};

/* Ask, do not wait: the names, so that they are there when an answer is wanted. */
void iprev_want(struct dns_batch *, struct pool *, const struct ip *);
void iprev_names(struct dns_batch *, struct pool *, const struct ip *, struct iprev_names *out);
/* AUTH_UNKNOWN without resolver; AUTH_PERMERROR when the address has no name at all. */
struct auth_iprev iprev_check(struct dns_batch *, struct pool *, const struct ip *);

#endif
