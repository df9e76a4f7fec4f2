/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* spf_record.h - read the terms of an SPF record
 *
 * Input    the text of a TXT record: any bytes, written by the sender
 * Units    bits of a prefix
 * Limits   the record's own length; terms are read one by one and never kept
 * Memory   slices point into the record
 * Errors   spf_record_parse says which term is wrong; the whole record counts then for nothing
 * Threads  reentrant
 * Source   RFC 7208 4.5, 4.6 and 12
 */
#ifndef AUTH_SPF_RECORD_H
#define AUTH_SPF_RECORD_H

#include "base/ip.h"
#include "scan/auth.h"

enum spf_kind {
	SPF_ALL, SPF_INCLUDE, SPF_A, SPF_MX, SPF_PTR, SPF_IP4, SPF_IP6, SPF_EXISTS,
	SPF_REDIRECT, SPF_EXP, SPF_OTHER	/* modifiers; RFC 7208 6: unknown ones are ignored */
};

struct spf_term {
	enum spf_kind kind;
	enum auth_result result;	/* of a match: PASS, FAIL, SOFTFAIL, NEUTRAL */
	struct str text;		/* as written */
	struct str spec;		/* domain-spec; empty: the domain of the record */
	struct ip_net net;		/* SPF_IP4, SPF_IP6 */
	unsigned prefix4, prefix6;	/* SPF_A, SPF_MX */
};

struct spf_record {
	struct str terms;		/* what follows the version */
	struct str redirect, exp;	/* their domain-specs; empty: not there */
	bool no_mail;			/* "v=spf1 -all" and no other mechanism */
};

/* RFC 7208 4.5: begins with the version, followed by a space or the end. */
bool spf_record_is(struct str txt);
/* Check every term. On false *bad is the one that is wrong. */
bool spf_record_parse(struct str txt, struct spf_record *, struct str *bad);
/* Cut the next term off *terms of a record that was parsed. */
bool spf_record_next(struct str *terms, struct spf_term *);

#endif
