/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dmarc.h - does the author's domain stand behind a message, and what does it ask for if not?
 *
 * Input    the author's domain; results of SPF and DKIM; records of whoever owns the domains
 * Units    none
 * Limits   DMARC_WALK questions for the policy of one domain
 * Memory   results live in the pool
 * Errors   none: AUTH_TEMPERROR and AUTH_PERMERROR are results. AUTH_UNKNOWN without resolver, and
 *          where SPF or DKIM were not looked at and the rest does not pass: that proves nothing
 * Threads  one per batch
 * Source   RFC 9989 4.4 (alignment), 4.10 (tree walk), 5.3
 */
#ifndef AUTH_DMARC_H
#define AUTH_DMARC_H

#include "auth/dmarc_record.h"
#include "base/pool.h"
#include "net/dns.h"
#include "scan/auth.h"

enum { DMARC_WALK = 8 };	/* RFC 9989 4.10 */

struct dmarc_walk {
	struct dmarc_found {
		struct str domain;
		struct dmarc_record record;
	} found[DMARC_WALK];	/* from the domain upwards */
	size_t n;
	struct str org;		/* organisational domain; empty when incomplete */
	struct str reach;	/* whatever the organisational domain is, it is not above this one */
	bool incomplete;	/* some question was not answered */
	bool off;		/* nobody to ask */
};

/* The names that a walk from `domain` asks for, without "_dmarc.". */
size_t dmarc_walk_names(struct str domain, struct str names[DMARC_WALK]);
void dmarc_walk(struct dns_batch *, struct pool *, struct str domain, struct dmarc_walk *out);

/* Ask for all that dmarc_check will read, do not wait. */
void dmarc_want(struct dns_batch *, struct pool *, struct str author, const struct auth_facts *);
/* The author's domain, in lower case. Everything but the overrides of the operator. */
struct auth_dmarc dmarc_check(struct dns_batch *, struct pool *, struct str author, const struct auth_facts *);
/* Only the policy that applies, for a result that another has found. */
void dmarc_policy(struct dns_batch *, struct pool *, struct auth_dmarc *);

const char *dmarc_policy_name(enum auth_policy);	/* "reject" */

#endif
