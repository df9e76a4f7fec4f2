/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* spf.h - may this client send for that domain?
 *
 * Input    what the client said, and records of whoever owns the domain
 * Units    seconds since 1970
 * Limits   SPF_LOOKUPS terms that ask, SPF_VOIDS of them in vain, SPF_HOSTS mail servers of an "mx",
 *          SPF_EXPANDED bytes of an expanded macro string, SPF_TEXT bytes of an explanation
 * Memory   results live in the pool
 * Errors   none: AUTH_TEMPERROR and AUTH_PERMERROR are results; AUTH_UNKNOWN without resolver
 * Threads  one per batch
 * Source   RFC 7208; RFC 8616 4 for senders that are not ASCII
 */
#ifndef AUTH_SPF_H
#define AUTH_SPF_H

#include "base/ip.h"
#include "net/dns.h"
#include "scan/auth.h"

/* RFC 7208 4.6.4; the last two are ours, for work that the RFC leaves open. */
enum { SPF_LOOKUPS = 10, SPF_VOIDS = 2, SPF_HOSTS = 10, SPF_EXPANDED = 4096, SPF_TEXT = 400 };

enum spf_identity { SPF_HELO, SPF_MAIL };

struct spf_query {
	struct ip ip;
	struct str helo;
	struct str sender;	/* MAIL FROM without < >; empty: postmaster at the HELO name */
	struct str receiver;	/* our name, for explanations; empty: "unknown" */
	int64_t now_sec;
};

/* Ask for the record of the identity, do not wait. */
void spf_want(struct dns_batch *, struct pool *, const struct spf_query *, enum spf_identity);
struct auth_spf spf_check(struct dns_batch *, struct pool *, const struct spf_query *, enum spf_identity);

#endif
