/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>

void
hash_sha256(struct str in, unsigned char out[HASH_SHA256_BYTES])
{
	/* The one-shot call allocates nothing and looks no provider up. */
	if (!SHA256((const unsigned char *)(in.n ? in.p : ""), in.n, out))
		abort();
}

void
hash_hex(const unsigned char digest[HASH_SHA256_BYTES], char out[HASH_SHA256_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < HASH_SHA256_BYTES; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[HASH_SHA256_HEX] = '\0';
}

uint64_t
hash_key(struct str in, uint64_t seed)
{
	uint64_t h = 14695981039346656037u ^ seed;

	for (size_t i = 0; i < in.n; i++)
		h = (h ^ (unsigned char)in.p[i]) * 1099511628211u;
	return h;
}
