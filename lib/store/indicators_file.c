/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/indicators_file.h"

#include <openssl/evp.h>

#include "base/ascii.h"
#include "scan/class.h"

enum { V4_KEY = 2 + 4, V6_KEY = 2 + 16 };

/* ---- keys ---- */

size_t
indicators_key(enum indicator_kind kind, struct str value, char out[INDICATORS_KEY])
{
	if (value.n == 0 || value.n > INDICATORS_KEY - 2)
		return 0;
	out[0] = (char)kind;
	out[1] = 0;
	if (kind == INDICATOR_HASH || kind == INDICATOR_URL)
		memcpy(out + 2, value.p, value.n);
	else
		for (size_t i = 0; i < value.n; i++)
			out[2 + i] = (char)ascii_lower((unsigned char)value.p[i]);
	return 2 + value.n;
}

size_t
indicators_key_ip(const struct ip_net *net, char out[INDICATORS_KEY])
{
	size_t n = net->ip.bits / 8;

	out[0] = INDICATOR_IP;
	out[1] = (char)net->prefix;
	for (size_t i = 0; i < n; i++) {
		unsigned kept = net->prefix > 8 * i ? net->prefix - (unsigned)(8 * i) : 0;
		unsigned char mask = (unsigned char)(kept >= 8 ? 0xffu : 0xff00u >> kept);

		out[2 + i] = (char)(net->ip.b[i] & mask);
	}
	return 2 + n;
}

static struct str
net_text(struct pool *pool, struct str key)
{
	struct ip ip = ip_of_bytes((const unsigned char *)key.p + 2, (unsigned)(key.n - 2) * 8);
	unsigned prefix = (unsigned char)key.p[1];
	struct str text = ip_text(pool, &ip);

	return prefix == ip.bits ? text : pool_printf(pool, "%.*s/%u", STR_ARG(text), prefix);
}

struct str
indicators_key_text(struct pool *pool, struct str key)
{
	char hex[HASH_SHA256_HEX + 1];

	switch ((enum indicator_kind)key.p[0]) {
	case INDICATOR_IP:
		return net_text(pool, key);
	case INDICATOR_HASH:
		hash_hex((const unsigned char *)key.p + 2, hex);
		return pool_str(pool, str_of(hex));
	case INDICATOR_DOMAIN: case INDICATOR_ADDRESS: case INDICATOR_URL: case INDICATOR_KINDS:
		break;
	}
	return pool_str(pool, str_from(key, 2));
}

/* ---- reading ---- */

void
indicators_file_digest(struct str all, unsigned char out[HASH_SHA256_BYTES])
{
	static const unsigned char zero[HASH_SHA256_BYTES];
	const size_t at = offsetof(struct indicators_head, sha256), behind = at + HASH_SHA256_BYTES;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 && EVP_DigestUpdate(ctx, all.p, at) == 1 &&
	    EVP_DigestUpdate(ctx, zero, sizeof(zero)) == 1 &&
	    EVP_DigestUpdate(ctx, all.p + behind, all.n - behind) == 1 && EVP_DigestFinal_ex(ctx, out, NULL) == 1;

	EVP_MD_CTX_free(ctx);
	if (!good)
		memset(out, 0, HASH_SHA256_BYTES);
}

static enum rc
bad(struct buf *why, const char *what)
{
	buf_adds(why, what);
	return RC_BAD;
}

/* Is there room for n items of `size` bytes at `off`, and are they aligned? */
static bool
is_inside(const struct indicators_head *h, uint64_t off, uint64_t n, size_t size)
{
	return off >= sizeof(*h) && off <= h->bytes && off % sizeof(uint64_t) == 0 && n <= (h->bytes - off) / size;
}

static const char *
head_error(const struct indicators_head *h, struct str all)
{
	unsigned char digest[HASH_SHA256_BYTES];

	if (memcmp(h->magic, INDICATORS_MAGIC, sizeof(h->magic)) != 0)
		return "no table of indicators";
	if (h->version != INDICATORS_VERSION || h->order != INDICATORS_ORDER || h->n_classes != CLASS_N)
		return "written by another version or machine";
	if (h->bytes != all.n)
		return "cut short, or longer than it should be";
	indicators_file_digest(all, digest);
	if (memcmp(digest, h->sha256, sizeof(digest)) != 0)
		return "damaged: its checksum is wrong";
	if (h->n_sources > INDICATORS_SOURCES || h->bucket_bits < 1 || h->bucket_bits > INDICATORS_BUCKET_BITS ||
	    !is_inside(h, h->sources, h->n_sources, sizeof(struct indicators_source)) ||
	    !is_inside(h, h->entries, h->n_entries, sizeof(struct indicators_entry)) ||
	    !is_inside(h, h->buckets, (1ULL << h->bucket_bits) + 1, sizeof(uint32_t)) ||
	    !is_inside(h, h->keys, 0, 1))
		return "an offset is out of bounds";
	return NULL;
}

/* Is it a key that indicators_key_text can show? */
static bool
is_key(struct str key)
{
	if (key.n <= 2 || key.n > INDICATORS_KEY)
		return false;
	switch ((unsigned char)key.p[0]) {
	case INDICATOR_IP:
		return (key.n == V4_KEY || key.n == V6_KEY) && (unsigned char)key.p[1] <= 8 * (key.n - 2);
	case INDICATOR_HASH:
		return key.n == 2 + HASH_SHA256_BYTES;
	case INDICATOR_DOMAIN:
	case INDICATOR_ADDRESS:
	case INDICATOR_URL:
		return true;
	}
	return false;
}

static bool
entries_are_good(const struct indicators_table *t)
{
	for (uint32_t i = 0; i < t->head->n_entries; i++) {
		const struct indicators_entry *e = &t->entries[i];

		if (e->source >= t->head->n_sources || e->class >= CLASS_N || e->key > t->keys.n ||
		    e->key_bytes > t->keys.n - e->key || !is_key(str_sub(t->keys, e->key, e->key_bytes)))
			return false;
	}
	return true;
}

static bool
buckets_are_good(const struct indicators_table *t)
{
	size_t n = (size_t)1 << t->head->bucket_bits;

	for (size_t i = 0; i < n; i++)
		if (t->buckets[i] > t->buckets[i + 1])
			return false;
	return t->buckets[n] <= t->head->n_entries;
}

enum rc
indicators_file_open(struct str all, struct indicators_table *out, struct buf *why)
{
	const struct indicators_head *h = (const void *)all.p;
	const char *error;

	if (all.n < sizeof(*h))
		return bad(why, "too short");
	error = head_error(h, all);
	if (error)
		return bad(why, error);
	*out = (struct indicators_table){ .all = all, .head = h, .sources = (const void *)(all.p + h->sources),
	    .entries = (const void *)(all.p + h->entries), .buckets = (const void *)(all.p + h->buckets),
	    .keys = str_from(all, h->keys) };
	for (uint32_t i = 0; i < h->n_sources; i++)
		if (memchr(out->sources[i].name, '\0', INDICATORS_NAME) == NULL)
			return bad(why, "a name does not end");
	if (!entries_are_good(out) || !buckets_are_good(out))
		return bad(why, "an entry is out of bounds");
	return RC_OK;
}

/* Entries of one key are neighbours. */
size_t
indicators_file_find(const struct indicators_table *t, struct str key, const struct indicators_entry **first)
{
	uint64_t hash = hash_sip(key, t->head->key);
	size_t bucket = (size_t)(hash >> (64 - t->head->bucket_bits)), n = 0;

	for (uint32_t i = t->buckets[bucket]; i < t->buckets[bucket + 1]; i++) {
		const struct indicators_entry *e = &t->entries[i];

		if (e->mark == (uint32_t)hash && str_eq(str_sub(t->keys, e->key, e->key_bytes), key)) {
			if (n++ == 0)
				*first = e;
		} else if (n) {
			break;
		}
	}
	return n;
}
