/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* hash.h - fingerprints of content and keys of hash tables
 *
 * Input    any bytes
 * Units    SHA-256 is 32 bytes, 64 hexadecimal digits; SHA-1 is 20 bytes
 * Limits   none
 * Memory   results go to the caller's storage
 * Errors   none: the digest exists in every libcrypto this builds with
 * Threads  reentrant
 * Source   FIPS 180-4; hash_key multiplies a word of eight bytes at a time (only for tables whose size
 *          is bounded by struct limits, as it does not resist chosen collisions);
 *          hash_sip is SipHash-2-4 (Aumasson and Bernstein, 2012), for the others
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/str.h"

enum { HASH_SHA256_BYTES = 32, HASH_SHA256_HEX = 64, HASH_SHA1_BYTES = 20 };

void hash_sha256(struct str in, unsigned char out[HASH_SHA256_BYTES]);
/* Only where others speak it; it resists no attacker. */
void hash_sha1(struct str in, unsigned char out[HASH_SHA1_BYTES]);
/* Lower-case hexadecimal with a NUL behind. */
void hash_hex(const unsigned char digest[HASH_SHA256_BYTES], char out[HASH_SHA256_HEX + 1]);
uint64_t hash_key(struct str in, uint64_t seed);
/* Keyed: who does not know the key cannot choose names that collide. */
uint64_t hash_sip(struct str in, const uint64_t key[2]);

#endif
