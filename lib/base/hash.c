/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/hash.h"

#include <endian.h>
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
hash_sha1(struct str in, unsigned char out[HASH_SHA1_BYTES])
{
	if (!SHA1((const unsigned char *)(in.n ? in.p : ""), in.n, out))
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

static uint64_t
rotl(uint64_t v, int n)
{
	return v << n | v >> (64 - n);
}

static void
sip_rounds(uint64_t v[4], int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[1] = rotl(v[1], 13) ^ v[0];
		v[0] = rotl(v[0], 32);
		v[2] += v[3];
		v[3] = rotl(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotl(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotl(v[1], 17) ^ v[2];
		v[2] = rotl(v[2], 32);
	}
}

static uint64_t
le_word(const char *p, size_t n)
{
	uint64_t w = 0;

	while (n > 0) {
		n--;
		w = w << 8 | (unsigned char)p[n];
	}
	return w;
}

/* A word a step: the high half of a product, which all bits went into, comes down to the low one. */
static uint64_t
stir(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

uint64_t
hash_key(struct str in, uint64_t seed)
{
	uint64_t h = stir(seed, in.n), word;
	size_t at = 0;

	for (; in.n - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, in.p + at, sizeof(word));
		h = stir(h, le64toh(word));
	}
	word = at < in.n ? le_word(in.p + at, in.n - at) : 0;
	return stir(stir(h, word), 0);
}

uint64_t
hash_sip(struct str in, const uint64_t key[2])
{
	/* The constants spell "somepseudorandomlygeneratedbytes". */
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
	    key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u };
	size_t at = 0;
	uint64_t w;

	for (; in.n - at >= 8; at += 8) {
		w = le_word(in.p + at, 8);
		v[3] ^= w;
		sip_rounds(v, 2);
		v[0] ^= w;
	}
	w = (uint64_t)in.n << 56 | le_word(in.p + at, in.n - at);
	v[3] ^= w;
	sip_rounds(v, 2);
	v[0] ^= w;
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
