/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* spf_macro.h - the macros of SPF records: syntax and expansion
 *
 * Input    text of records and explanations: any bytes, written by the sender
 * Units    bytes
 * Limits   what is expanded fits into the caller's buf
 * Memory   none kept
 * Errors   bad syntax is false; text is only expanded after it was found valid
 * Threads  reentrant
 * Source   RFC 7208 7 and 12
 */
#ifndef AUTH_SPF_MACRO_H
#define AUTH_SPF_MACRO_H

#include "base/buf.h"
#include "base/str.h"

/* RFC 7208 7.2: c, r and t are only for explanations, where spaces may stand too. */
enum spf_use { SPF_USE_DOMAIN, SPF_USE_MODIFIER, SPF_USE_EXPLAIN };

/* What the letters stand for. */
struct spf_vars {
	struct str sender, local, sender_domain;	/* s l o */
	struct str domain, helo;			/* d h */
	struct str ip, family, name;			/* i v p */
	struct str ip_text, receiver, time;		/* c r t */
};

bool spf_macro_valid(struct str text, enum spf_use);
/* A domain-spec: a macro string that ends in a macro or in a top label. */
bool spf_domain_spec_valid(struct str text);
/* Does a macro of one of these letters (lower case) stand in it? */
bool spf_macro_has(struct str text, struct str of);
void spf_macro_expand(const struct spf_vars *, struct str text, struct buf *out);

#endif
