/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/indicators_build.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/replace.h"

enum { FIRST_ROOM = 1024, SEC = 1000, KEYS_MAX = INT32_MAX, ALIGN = sizeof(uint64_t) };

struct row {
	uint64_t hash;
	struct indicators_entry entry;
};

struct indicators_build {
	struct indicators_head head;
	struct indicators_source source[INDICATORS_SOURCES];
	struct row *row;
	size_t n, room, max;
	struct buf keys;
};

struct indicators_build *
indicators_build_new(size_t max)
{
	struct indicators_build *b = calloc(1, sizeof(*b));

	if (!b || getrandom(b->head.key, sizeof(b->head.key), 0) != sizeof(b->head.key))
		abort();
	b->max = max < INT32_MAX ? max : INT32_MAX;
	buf_init(&b->keys, KEYS_MAX);
	return b;
}

void
indicators_build_free(struct indicators_build **b)
{
	if (!*b)
		return;
	buf_clear(&(*b)->keys);
	free((*b)->row);
	free(*b);
	*b = NULL;
}

enum rc
indicators_build_source(struct indicators_build *b, const struct indicators_source *s, uint16_t *out)
{
	if (b->head.n_sources == INDICATORS_SOURCES)
		return RC_LIMIT;
	b->source[b->head.n_sources] = *s;
	*out = (uint16_t)b->head.n_sources++;
	return RC_OK;
}

static void
note_prefix(struct indicators_head *h, const struct ip_net *net)
{
	if (net->ip.bits == 32)
		h->v4_prefixes |= 1ULL << net->prefix;
	else
		h->v6_prefixes[net->prefix / 64] |= 1ULL << (net->prefix % 64);
}

static size_t
key_of(const struct indicator *i, char out[INDICATORS_KEY])
{
	switch (i->kind) {
	case INDICATOR_IP:
		return i->net.prefix <= i->net.ip.bits ? indicators_key_ip(&i->net, out) : 0;
	case INDICATOR_HASH:
		return i->value.n == HASH_SHA256_BYTES ? indicators_key(i->kind, i->value, out) : 0;
	case INDICATOR_DOMAIN:
		/* A feed that names a top-level domain would refuse half of the world. */
		return str_chr(i->value, '.') != STR_NPOS ? indicators_key(i->kind, i->value, out) : 0;
	case INDICATOR_ADDRESS: case INDICATOR_URL:
		return indicators_key(i->kind, i->value, out);
	case INDICATOR_KINDS:
		break;
	}
	return 0;
}

static struct row *
room(struct indicators_build *b)
{
	if (b->n == b->room) {
		b->room = b->room ? b->room * 2 : FIRST_ROOM;
		b->row = reallocarray(b->row, b->room, sizeof(*b->row));
		if (!b->row)
			abort();
	}
	return &b->row[b->n++];
}

static uint32_t
seconds(int64_t ms)
{
	return ms <= 0 ? 0 : ms / SEC > UINT32_MAX ? UINT32_MAX : (uint32_t)((ms + SEC - 1) / SEC);
}

enum rc
indicators_build_add(struct indicators_build *b, uint16_t source, const struct indicator *i)
{
	char key[INDICATORS_KEY];
	size_t n = key_of(i, key);
	struct row *row;

	if (n == 0)
		return RC_BAD;
	if (b->n == b->max || b->keys.n + n > KEYS_MAX)
		return RC_LIMIT;
	row = room(b);
	*row = (struct row){ .hash = hash_sip((struct str){ key, n }, b->head.key),
	    .entry = { .key = (uint32_t)b->keys.n, .key_bytes = (uint16_t)n, .source = source, .class = (uint8_t)i->class,
	    .confidence = (uint8_t)i->confidence, .first_s = seconds(i->first_ms), .expires_s = seconds(i->expires_ms) } };
	row->entry.mark = (uint32_t)row->hash;
	buf_add(&b->keys, (struct str){ key, n });
	if (i->kind == INDICATOR_IP)
		note_prefix(&b->head, &i->net);
	return RC_OK;
}

/* ---- order ---- */

static struct str
key_at(const struct indicators_build *b, const struct indicators_entry *e)
{
	return str_sub(buf_str(&b->keys), e->key, e->key_bytes);
}

static int
order(const void *va, const void *vb, void *arg)
{
	const struct row *a = va, *b = vb;
	int by_key;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	by_key = str_cmp(key_at(arg, &a->entry), key_at(arg, &b->entry));
	return by_key ? by_key : (int)a->entry.source - (int)b->entry.source;
}

static bool
is_again(const struct indicators_build *b, const struct row *x, const struct row *y)
{
	return x->hash == y->hash && x->entry.source == y->entry.source &&
	    str_eq(key_at(b, &x->entry), key_at(b, &y->entry));
}

static void
sort(struct indicators_build *b)
{
	size_t kept = 0;

	if (b->n)
		qsort_r(b->row, b->n, sizeof(*b->row), order, b);
	for (size_t i = 0; i < b->n; i++)
		if (kept == 0 || !is_again(b, &b->row[kept - 1], &b->row[i]))
			b->row[kept++] = b->row[i];
	b->n = kept;
}

/* ---- the file ---- */

static void
keep_first(struct indicators_build *b, const struct indicators_table *before)
{
	for (size_t i = 0; before && i < b->n; i++) {
		struct indicators_entry *e = &b->row[i].entry;
		const struct indicators_entry *old = NULL;
		size_t n = indicators_file_find(before, key_at(b, e), &old);

		for (size_t j = 0; j < n; j++)
			if (strcmp(before->sources[old[j].source].name, b->source[e->source].name) == 0)
				e->first_s = old[j].first_s < e->first_s ? old[j].first_s : e->first_s;
	}
}

/* About one entry for each bucket. */
static uint32_t
bits_for(size_t n)
{
	uint32_t bits = 1;

	while (bits < INDICATORS_BUCKET_BITS && ((size_t)1 << bits) < n)
		bits++;
	return bits;
}

static uint32_t *
make_buckets(const struct indicators_build *b)
{
	size_t n = (size_t)1 << b->head.bucket_bits;
	uint32_t *bucket = calloc(n + 1, sizeof(*bucket));

	if (!bucket)
		abort();
	for (size_t i = 0; i < b->n; i++)
		bucket[(b->row[i].hash >> (64 - b->head.bucket_bits)) + 1]++;
	for (size_t i = 0; i < n; i++)
		bucket[i + 1] += bucket[i];
	return bucket;
}

static uint64_t
aligned(uint64_t n)
{
	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static void
lay_out(struct indicators_build *b)
{
	struct indicators_head *h = &b->head;

	memcpy(h->magic, INDICATORS_MAGIC, sizeof(h->magic));
	h->version = INDICATORS_VERSION;
	h->order = INDICATORS_ORDER;
	h->built_ms = clock_wall_ms();
	h->n_entries = (uint32_t)b->n;
	h->n_classes = CLASS_N;
	h->bucket_bits = bits_for(b->n);
	h->sources = aligned(sizeof(*h));
	h->entries = aligned(h->sources + h->n_sources * sizeof(b->source[0]));
	h->buckets = aligned(h->entries + b->n * sizeof(struct indicators_entry));
	h->keys = aligned(h->buckets + (((uint64_t)1 << h->bucket_bits) + 1) * sizeof(uint32_t));
	h->bytes = h->keys + b->keys.n;
}

static char *
compose(struct indicators_build *b)
{
	const struct indicators_head *h = &b->head;
	uint32_t *buckets = make_buckets(b);
	struct indicators_entry *entries;
	struct indicators_head *head;
	char *all = calloc(1, h->bytes);

	if (!all)
		abort();
	entries = (void *)(all + h->entries);
	for (size_t i = 0; i < b->n; i++) {
		entries[i] = b->row[i].entry;
		b->source[entries[i].source].n_entries++;
	}
	memcpy(all, h, sizeof(*h));
	memcpy(all + h->sources, b->source, h->n_sources * sizeof(b->source[0]));
	memcpy(all + h->buckets, buckets, (((size_t)1 << h->bucket_bits) + 1) * sizeof(*buckets));
	if (b->keys.n)
		memcpy(all + h->keys, b->keys.p, b->keys.n);
	head = (void *)all;
	indicators_file_digest((struct str){ all, h->bytes }, head->sha256);
	free(buckets);
	return all;
}

enum rc
indicators_build_write(struct indicators_build *b, const char *path, const struct indicators_table *before,
    size_t *entries)
{
	struct str piece;
	char *all;
	enum rc rc;

	sort(b);
	keep_first(b, before);
	lay_out(b);
	all = compose(b);
	piece = (struct str){ all, b->head.bytes };
	rc = replace_file(path, &piece, 1);
	free(all);
	*entries = b->n;
	return rc;
}
