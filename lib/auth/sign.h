/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* sign.h - make the signature fields of a message
 *
 * Input    the header fields as they will be delivered, the digest of the body
 * Units    seconds since 1970
 * Limits   SIGNATURE_NAMES signed fields
 * Memory   in `pool`
 * Errors   RC_NONE: no set is to be added here; RC_TEMP: OpenSSL refused
 * Threads  reentrant; the key may be shared
 * Source   RFC 6376 5, RFC 8617 5.1. Tags stand in the order of the alphabet and one space
 *          follows each ';', as the ARC suite wants it, so that results can be compared
 *
 * Values are folded with LF, as libmilter takes them.
 */
#ifndef AUTH_SIGN_H
#define AUTH_SIGN_H

#include "auth/privkey.h"
#include "auth/raw_mail.h"
#include "auth/signature.h"

struct sign_in {
	const struct privkey *key;
	struct str domain, selector;
	int64_t now;
	const struct raw_mail *mail;		/* fields only; the body is only in `body` */
	const unsigned char *body;		/* SHA-256 of the relaxed body */
	struct str names;			/* h=: "from:to:subject" */
};

/* One set of ARC, as values of its three fields. They go on top of the header: aar first, so that
 * seal stands above all. */
struct sign_set {
	struct str aar, ams, seal;
};

/* chain: what the verifier said of the sets that are there. results: "authserv-id; spf=pass ...". */
enum rc sign_arc(struct pool *, const struct sign_in *, const struct auth_arc *chain, struct str results,
    struct sign_set *out) MUST_CHECK;

/* A DKIM-Signature's value. */
enum rc sign_dkim(struct pool *, const struct sign_in *, struct str *value) MUST_CHECK;

/* The h= to sign with: each of `wanted` as often as it is in the message, and once more those that
 * nobody may add later. */
struct str sign_names(struct pool *, const struct raw_mail *, struct str wanted);

#endif
