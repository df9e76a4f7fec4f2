/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* indicators_file.h - the file that has all indicators: its layout, and how it is read
 *
 * Input    bytes of the file, which may be damaged
 * Units    bytes; milliseconds and seconds since 1970
 * Limits   INDICATORS_SOURCES sources, INDICATORS_KEY bytes of a key, 2^32 bytes of keys
 * Memory   a table borrows the bytes it was opened on
 * Errors   RC_BAD: not such a file, another version, or damaged; `why` says what. After RC_OK every
 *          offset in it has been looked at
 * Threads  a table never changes
 * Source   this file. In the byte order of the machine that wrote it:
 *
 *          head | sources | entries, in order of their hash | buckets | keys
 *
 *          Bucket i has the entries buckets[i] to buckets[i + 1]; a key's bucket is the upper bits of
 *          its hash. One key has one entry for each source, next to each other. SHA-256 is over
 *          everything, with its own bytes as zero
 */
#ifndef STORE_INDICATORS_FILE_H
#define STORE_INDICATORS_FILE_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/ip.h"
#include "base/rc.h"
#include "store/indicators.h"

enum { INDICATORS_VERSION = 1, INDICATORS_ORDER = 0x01020304, INDICATORS_KEY = 2 + 1024, INDICATORS_NAME = 40,
       INDICATORS_BUCKET_BITS = 26, INDICATORS_V6_WORDS = 3 };

struct indicators_head {
	char magic[8];
	uint32_t version, order;
	uint64_t bytes;
	int64_t built_ms;
	uint64_t key[2];		/* of the hash: whoever writes feeds does not know it */
	uint32_t n_sources, n_entries, bucket_bits, n_classes;
	uint64_t sources, entries, buckets, keys;	/* offsets; keys go to the end */
	uint64_t v4_prefixes;		/* bit N: there are networks of /N */
	uint64_t v6_prefixes[INDICATORS_V6_WORDS];
	unsigned char sha256[HASH_SHA256_BYTES];
};

struct indicators_source {
	char name[INDICATORS_NAME];	/* ends with a NUL */
	uint64_t stamp;			/* of what it was made from */
	int64_t expires_ms;		/* 0: never */
	uint32_t n_entries;
	int32_t score;
	uint32_t allow;
	uint32_t reserved;
};

struct indicators_entry {
	uint32_t mark;			/* lower half of the hash */
	uint32_t key;			/* offset in keys */
	uint16_t key_bytes;
	uint16_t source;
	uint8_t class, confidence;
	uint16_t reserved;
	uint32_t first_s, expires_s;	/* expires_s 0: with its source */
};

struct indicators_table {
	struct str all;
	const struct indicators_head *head;
	const struct indicators_source *sources;
	const struct indicators_entry *entries;
	const uint32_t *buckets;
	struct str keys;
};

/* `all` must be aligned for a uint64_t, as a mapping is. */
enum rc indicators_file_open(struct str all, struct indicators_table *out, struct buf *why) MUST_CHECK;
void indicators_file_digest(struct str all, unsigned char out[HASH_SHA256_BYTES]);

/* Entries with this key; returns how many. */
size_t indicators_file_find(const struct indicators_table *, struct str key, const struct indicators_entry **first);

/* A key: kind, prefix length of an address, value. Returns its bytes; 0: too long. */
size_t indicators_key(enum indicator_kind, struct str value, char out[INDICATORS_KEY]);
size_t indicators_key_ip(const struct ip_net *, char out[INDICATORS_KEY]);
struct str indicators_key_text(struct pool *, struct str key);	/* as people write it */

#endif
