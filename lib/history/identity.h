/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* identity.h - under which names a client and a sender are remembered
 *
 * Input    what the MTA and the sender's proofs say: names may be anybody's; names of the operator
 * Units    none
 * Limits   IDENTITIES names of one message, IDENTITY_DOMAINS of them proved domains,
 *          IDENTITY_CONTACTS pairs of sender and recipients' domain
 * Memory   names live in the pool
 * Errors   what is no address or no host name gives no identity
 * Threads  reentrant
 * Source   a domain counts under its own name only when SPF, DKIM or DMARC passed for it, and a HELO
 *          name when SPF or DNS lead to it: nobody can borrow a good name, or spoil it. What was registered of it
 *          (base/suffix.h) counts beside it: a new subdomain for each message hides nothing
 */
#ifndef HISTORY_IDENTITY_H
#define HISTORY_IDENTITY_H

#include "base/buf.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/rc.h"
#include "scan/auth.h"
#include "scan/session.h"

enum { IDENTITIES = 16, IDENTITY_DOMAINS = 4, IDENTITY_CONTACTS = 16, IDENTITY_NAME = 255 };

enum identity_kind {
	IDENTITY_IP,
	IDENTITY_NET,		/* /24 or /48 */
	IDENTITY_ASN,
	IDENTITY_DOMAIN,	/* proved by DMARC, DKIM or SPF */
	IDENTITY_HELO,		/* proved by SPF, or by the client's verified name */
	IDENTITY_CLAIMED,	/* a HELO name or domain that nothing proved */
	IDENTITY_KINDS
};

struct identity {
	enum identity_kind kind;
	struct str name;	/* canonical: lower case, "192.0.2.0/24", "AS64496" */
};

struct identities {
	struct identity item[IDENTITIES];
	size_t n;
};

const char *identity_kind_name(enum identity_kind);	/* "ip" */
const char *identity_counter(enum identity_kind);	/* kind of its counters: "history/ip" */
bool identity_kind_parse(struct str, enum identity_kind *);

/* Append; what is there already, or has no room, is left out. */
void identity_add(struct identities *, enum identity_kind, struct str name);
/* Address, network and autonomous system (0: not known). Local and loopback clients have none. */
void identity_client(struct pool *, struct str addr, uint32_t asn, struct identities *);
void identity_helo(struct pool *, const struct session *, const struct auth_facts *, struct identities *);
/* Domains that are proved so far, the best proof first; else that of the envelope, as claimed. auth may
 * be NULL. */
void identity_sender(struct pool *, const struct session *, const struct auth_facts *, struct identities *);

/* Whatever HELO and MAIL may be called once SPF and DNS have spoken. */
void identity_foresee(struct pool *, const struct session *, struct identities *);

/* The names of the marks that a sender wrote to the domains of these recipients: at most
 * IDENTITY_CONTACTS. None for the null sender. */
size_t identity_contacts(struct pool *, const struct session *, const struct auth_facts *, struct str *out);

/* The network that counts for an address. */
struct ip_net identity_net(const struct ip *);
struct str identity_net_text(struct pool *, const struct ip_net *);

/* What an operator calls it: an address, a network, "AS64496", a host name or domain (which is looked for
 * under all kinds that have one), or "kind:name". RC_BAD: `why` says what is wrong. */
enum rc identity_parse(struct pool *, struct str text, struct identities *out, struct buf *why) MUST_CHECK;

#endif
