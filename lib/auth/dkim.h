/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dkim.h - verify the DKIM signatures of a message
 *
 * Input    a message and what DNS said of the keys; any bytes. In a worker only
 * Units    seconds since 1970 (now); bits
 * Limits   AUTH_SIGNATURES signatures, from the top; those of signature.h
 * Memory   in `pool`
 * Errors   none: every signature has a result, see enum auth_result, and a reason
 * Threads  reentrant
 * Source   RFC 6376, RFC 8301 (algorithms), RFC 8463 (Ed25519), RFC 8601 2.7.1 (results)
 *
 * AUTH_PASS means that all of the message that people are shown is what the domain signed.
 * A signature that matches but leaves room for more is AUTH_POLICY: l= with unsigned bytes
 * behind it, or a second From, Subject, Content-Type that h= does not cover.
 */
#ifndef AUTH_DKIM_H
#define AUTH_DKIM_H

#include "auth/raw_mail.h"
#include "scan/auth.h"

/* DKIM_AHEAD_SEC: RFC 6376 3.5 lets signatures of the future be ignored; clocks may be that wrong. */
enum { DKIM_BITS_MIN = 1024, DKIM_AHEAD_SEC = 24 * 3600 };

struct dkim_in {
	struct pool *pool;
	const struct auth_keys *keys;
	int64_t now;
	uint32_t bits_min;		/* RSA keys below prove nothing; at least DKIM_BITS_MIN */
};

/* Results in the order of the fields. Returns how many fields there are, which may be more than
 * *n: those were not verified. */
size_t dkim_examine(const struct dkim_in *, struct raw_mail *, const struct auth_dkim **out, size_t *n);

#endif
