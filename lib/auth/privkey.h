/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* privkey.h - the operator's key, to sign with
 *
 * Input    a PEM file of the operator
 * Units    bits
 * Limits   PRIVKEY_FILE bytes; RSA from PRIVKEY_BITS_MIN to PUBKEY_BITS, or Ed25519
 * Memory   owned until privkey_free; the file's text is wiped
 * Errors   RC_BAD with the reason in `why`
 * Threads  a key is constant: any number of threads may sign with it. It stays in the gate
 * Source   RFC 8301 3.2 (2048 bits for signers), RFC 8463
 */
#ifndef AUTH_PRIVKEY_H
#define AUTH_PRIVKEY_H

#include "base/buf.h"
#include "base/hash.h"

enum { PRIVKEY_FILE = 64 * 1024, PRIVKEY_BITS_MIN = 2048 };

struct privkey;

enum rc privkey_load(const char *path, struct privkey **out, struct buf *why) MUST_CHECK;
/* The same from text, with another smallest size: the published test suites have short keys. */
enum rc privkey_parse(struct str pem, int bits_min, struct privkey **out, struct buf *why) MUST_CHECK;
void privkey_free(struct privkey **);

const char *privkey_algorithm(const struct privkey *);	/* "rsa-sha256", "ed25519-sha256" */
/* The record to publish: "v=DKIM1; k=rsa; p=...". */
bool privkey_record(const struct privkey *, struct buf *out);
/* Sign a digest; `out` gets base64. False: OpenSSL refuses. */
bool privkey_sign(const struct privkey *, const unsigned char digest[HASH_SHA256_BYTES], struct buf *out);

#endif
