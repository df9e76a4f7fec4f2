/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* signature.h - read one signature field and compute what it signs
 *
 * Input    a DKIM-Signature, ARC-Message-Signature or ARC-Seal field; any bytes
 * Units    seconds since 1970; bytes
 * Limits   SIGNATURE_NAMES names in h=, SIGNATURE_BYTES of b=, TAGLIST_*
 * Memory   in `pool`; slices point into the message
 * Errors   not AUTH_PASS: the result that the signature has because of its syntax, with `why`
 * Threads  reentrant
 * Source   RFC 6376 3.5 and 3.7, RFC 8616 (names that are not ASCII), RFC 8617 4.1.2 and 4.1.3,
 *          RFC 8601 2.7.1 for the results
 */
#ifndef AUTH_SIGNATURE_H
#define AUTH_SIGNATURE_H

#include "auth/pubkey.h"
#include "auth/raw_mail.h"

enum { SIGNATURE_NAMES = 300, SIGNATURE_BYTES = PUBKEY_BITS / 8 };

enum signature_kind { SIGNATURE_DKIM, SIGNATURE_ARC_MESSAGE, SIGNATURE_ARC_SEAL };
enum signature_cv { SIGNATURE_CV_NONE, SIGNATURE_CV_PASS, SIGNATURE_CV_FAIL };

struct signature {
	const struct raw_field *field;
	struct str b_text;			/* slice of the field: what counts as empty when signing */
	struct str domain, selector;		/* as DNS has them, whatever was written */
	struct str identity, algorithm, b8;
	enum pubkey_type type;
	enum canon header, body;
	struct str names;			/* h= */
	unsigned char b[SIGNATURE_BYTES], bh[HASH_SHA256_BYTES];
	size_t n_b;
	uint64_t length;			/* l=, CANON_ALL without */
	int64_t made, expires;			/* t= and x=, 0 without */
	uint32_t instance;			/* i= of ARC */
	enum signature_cv cv;			/* of a seal */
};

enum auth_result signature_read(struct pool *, const struct raw_field *, enum signature_kind,
    struct signature *, struct str *why) MUST_CHECK;

/* How often h= has the name. */
size_t signature_names(const struct signature *, struct str name);
/* The fields of the message that h= takes, in its order: each at most once, from the last one up
 * (RFC 6376 5.4.2), and never the signature itself (3.5, h=). Returns how many; what h= names and is
 * not there takes none. */
size_t signature_fields(struct pool *, const struct raw_mail *, const struct signature *,
    const struct raw_field *out[SIGNATURE_NAMES]);
/* The digest that b= signs: those fields, then the signature field itself. */
void signature_digest(const struct raw_mail *, const struct signature *, const struct raw_field *const *,
    size_t n, unsigned char out[HASH_SHA256_BYTES]);

/* A field that a reader sees, or that decides how the rest is shown, and of which there is one more
 * than was signed: its name; empty when there is none. One program or another shows that one. */
struct str signature_replaced(const struct raw_mail *, const struct raw_field *const *, size_t n);

/* Verify `digest` with one of the keys that DNS has for the signature. Anything but AUTH_PASS
 * comes with `why`; *key is the key used, or the last that could be read. */
enum auth_result signature_verify(struct pool *, const struct signature *, const struct auth_keys *,
    const unsigned char digest[HASH_SHA256_BYTES], uint32_t bits_min, struct pubkey *key, struct str *why) MUST_CHECK;

#endif
