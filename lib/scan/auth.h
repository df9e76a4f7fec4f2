/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* auth.h - what was proved about a sender
 *
 * Input    filled in by lib/auth: in the gate (iprev, SPF, DMARC) and by a worker (DKIM, ARC)
 * Units    key sizes in bits
 * Limits   AUTH_SIGNATURES signatures of a message are looked at, AUTH_ARC_SETS sets
 * Memory   in the pool of whoever fills it in
 * Errors   AUTH_TEMPERROR and AUTH_PERMERROR are results like the others
 * Threads  one owner
 * Source   RFC 8601 2.7; RFC 7208 2.6, RFC 6376, RFC 9989, RFC 8617
 */
#ifndef SCAN_AUTH_H
#define SCAN_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* RFC 8617 4.2.1: at most 50 sets. Signatures beyond the limit are reported, not verified. */
enum { AUTH_SIGNATURES = 16, AUTH_ARC_SETS = 50 };

/* What DNS said about a key that a signature names: asked by the gate, used by a worker. */
enum auth_key_state { AUTH_KEY_FOUND, AUTH_KEY_NONE, AUTH_KEY_TEMP, AUTH_KEY_STATE_N };

struct auth_key {
	struct str name;		/* "sel._domainkey.example.org", lower case */
	enum auth_key_state state;
	const struct str *text;		/* TXT records, any bytes */
	size_t n;
};

/* A signature whose name is not in the list has no key now: temperror. */
struct auth_keys {
	const struct auth_key *item;
	size_t n;
};

enum auth_result {
	AUTH_UNKNOWN,		/* was not looked at */
	AUTH_NONE, AUTH_PASS, AUTH_FAIL, AUTH_SOFTFAIL, AUTH_NEUTRAL, AUTH_POLICY, AUTH_TEMPERROR,
	AUTH_PERMERROR, AUTH_RESULT_N
};

const char *auth_result_name(enum auth_result);		/* "softfail"; "" for AUTH_UNKNOWN */
bool auth_result_parse(struct str, enum auth_result *);

struct auth_iprev {
	enum auth_result result;
	struct str name;	/* the name that leads back to the address, or the first that does not */
};

struct auth_spf {
	enum auth_result result;
	struct str domain;	/* the domain that was asked: of MAIL FROM, or HELO */
	struct str why;		/* the term that matched or failed: "-all", "include:x: no record" */
	struct str text;	/* the domain's own explanation of a fail (RFC 7208 6.2), ASCII; may be empty */
	bool no_mail;		/* a fail of a domain that never sends: its record is "v=spf1 -all" */
};

struct auth_dkim {
	enum auth_result result;
	struct str domain, selector, identity, algorithm;	/* d= s= i= a= */
	struct str b8;		/* the first eight characters of b=, RFC 6008 */
	struct str why;		/* of anything but pass: "body hash", "key revoked", "expired" */
	uint32_t bits;		/* of the key; 0: not known */
	bool testing;		/* t=y of the key */
	bool partial;		/* l= leaves the end of the body unsigned */
	bool replaced;		/* it holds, but a field beside a signed one may be shown instead */
	bool subject_open;	/* Subject can be another one than was signed; with l= Content-Type too */
};

struct auth_arc {
	enum auth_result result;	/* of the chain: none, pass, fail */
	uint32_t sets;			/* highest i= */
	uint32_t oldest_pass;		/* RFC 8617 5.2: 0 when all pass */
	bool sealed_fail;		/* the last seal says so itself: nobody seals it again */
	struct str domain, selector;	/* of the last seal */
	bool open;		/* other fields than the last sealer signed may be shown: From, Subject */
	bool trusted;		/* not open, and the last sealer is one of auth.trusted_arc_sealers */
	struct str authres;		/* the last set's ARC-Authentication-Results, without i= */
	struct str why;
};

enum auth_align { ALIGN_RELAXED, ALIGN_STRICT };
enum auth_policy { AUTH_POLICY_NONE, AUTH_POLICY_QUARANTINE, AUTH_POLICY_REJECT };

struct auth_dmarc {
	enum auth_result result;
	struct str domain;		/* of the author (From) */
	struct str org;			/* organisational domain */
	struct str record_domain;	/* where the record was found */
	enum auth_policy policy;	/* that applies to this domain: p, sp or np */
	enum auth_policy wanted;	/* after t= and overrides: what the owner asks for here */
	enum auth_policy p, sp, np;	/* as published, with their defaults */
	enum auth_align adkim, aspf;
	bool spf_aligned, dkim_aligned;
	bool testing;			/* t=y */
	struct str override;		/* reason of RFC 9990: "local_policy"; or empty */
	struct str override_by;		/* what the reason is: a network, a sealer, a list */
	struct str rua, fo, why;
};

struct auth_facts {
	struct auth_iprev iprev;
	struct auth_spf spf_helo, spf_mail;
	const struct auth_dkim *dkim;
	size_t n_dkim;
	bool dkim_done;		/* the signatures were looked at, also when there is none */
	struct auth_arc arc;
	struct auth_dmarc dmarc;
	struct str upstream;	/* authserv-id of a trusted milter whose results these are; empty: ours */
};

#endif
