/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include "base/clock.h"
#include "base/hash.h"

/* FIPS 180-4 examples */
static void
sha256(struct str in, const char *want)
{
	unsigned char digest[HASH_SHA256_BYTES];
	char hex[HASH_SHA256_HEX + 1];

	hash_sha256(in, digest);
	hash_hex(digest, hex);
	test_str(str_of(hex), str_of(want), "SHA-256");
}

/* The reference implementation's first and longer vectors: key 00..0f, message 00.. */
static void
sip(void)
{
	static const uint64_t key[2] = { 0x0706050403020100u, 0x0f0e0d0c0b0a0908u };
	static const struct { size_t n; uint64_t want; } vectors[] = {
		{ 0, 0x726fdb47dd0e0e31u }, { 1, 0x74f839c593dc67fdu }, { 8, 0x93f5f5799a932462u },
		{ 15, 0xa129ca6149be45e5u }, { 63, 0x958a324ceb064572u },
	};
	char message[64];

	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (char)i;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		test_ok(hash_sip((struct str){ message, vectors[i].n }, key) == vectors[i].want, "SipHash-2-4");
}

static void
sha1(struct str in, const char *want)
{
	unsigned char digest[HASH_SHA1_BYTES];
	char hex[2 * HASH_SHA1_BYTES + 1];

	hash_sha1(in, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	test_str(str_of(hex), str_of(want), "SHA-1");
}

/* covers: lib/base/clock.c */
static void
clocks(void)
{
	int64_t ms = clock_mono_ms(), us = clock_mono_us();

	test_ok(us / 1000 >= ms && us / 1000 - ms < 1000, "one clock in two units");
	test_ok(clock_wall_ms() > 1700000000000, "the wall clock counts from 1970");
	test_int(clock_left_ms(clock_mono_ms() - 5), 0, "past");
	test_ok(clock_left_ms(clock_mono_ms() + 5000) > 4000, "ahead");
	test_ok(clock_left_ms(INT64_MAX) > 0, "as far ahead as there is");
}

int
main(void)
{
	sha256(STR(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha1(STR("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
	sha256(STR("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	test_ok(hash_key(STR("a"), 1) != hash_key(STR("b"), 1), "keys differ by content");
	test_ok(hash_key(STR("a"), 1) != hash_key(STR("a"), 2), "and by seed");
	test_ok(hash_key(STR("ab\0c"), 1) != hash_key(STR("ab\0d"), 1), "behind a NUL too");
	sip();
	clocks();
	return test_done();
}
