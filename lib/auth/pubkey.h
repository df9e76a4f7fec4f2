/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* pubkey.h - read a domain's published key and verify with it
 *
 * Input    a TXT record of SELECTOR._domainkey.DOMAIN; any bytes
 * Units    bits
 * Limits   PUBKEY_BITS: larger RSA keys cost the verifier, not the signer; an exponent of
 *          PUBKEY_EXPONENT_BITS; PUBKEY_TEXT bytes of record
 * Memory   the key lives as long as `pool`
 * Errors   anything but AUTH_PASS, with `why`: the record serves no signature
 * Threads  reentrant
 * Source   RFC 6376 3.6.1, RFC 8301 3.2, RFC 8463 4, RFC 8616
 */
#ifndef AUTH_PUBKEY_H
#define AUTH_PUBKEY_H

#include <openssl/evp.h>

#include "base/hash.h"
#include "base/pool.h"
#include "scan/auth.h"

enum { PUBKEY_BITS = 8192, PUBKEY_EXPONENT_BITS = 64, PUBKEY_TEXT = 4096 };

enum pubkey_type { PUBKEY_RSA, PUBKEY_ED25519 };

struct pubkey {
	enum pubkey_type type;
	EVP_PKEY *pkey;
	uint32_t bits;
	bool testing;			/* t=y */
	bool strict;			/* t=s: i= must be of the domain itself */
};

enum auth_result pubkey_read(struct pool *, struct str record, enum pubkey_type want, struct pubkey *,
    struct str *why) MUST_CHECK;
bool pubkey_verify(const struct pubkey *, const unsigned char digest[HASH_SHA256_BYTES], struct str signature);

/* "sel._domainkey.example.org" in lower case, of U-labels their A-labels (RFC 8616 3); empty when
 * that can be no name. */
struct str pubkey_name(struct pool *, struct str selector, struct str domain);
/* Is it a name that DNS can be asked for? */
bool pubkey_is_domain(struct str);

/* Let OpenSSL load and compute what it does only once, before a sandbox closes. False: this
 * OpenSSL cannot verify signatures. */
bool pubkey_warm(void);

#endif
