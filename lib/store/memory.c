/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A key belongs to one shard by the top bits of its hash and to one bucket there by the low ones.
 * All entries of a shard hang in one list in order of use, the longest unused first. */
#include "store/memory.h"

#include <assert.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/hash.h"

enum { BUCKETS_MIN = 64, SHARD_BITS = 5 };
_Static_assert(MEMORY_SHARDS == 1 << SHARD_BITS, "the top bits of a hash pick the shard");

struct entry {
	struct entry *chain;		/* next in the bucket */
	struct entry *older, *newer;	/* in order of use */
	uint64_t hash;
	struct tally tally;
	size_t key_n;
	char key[];
};

struct shard {
	pthread_mutex_t lock;
	struct entry **bucket;
	size_t n_buckets, n, max;
	struct entry *oldest, *newest;
	uint64_t evicted;
};

struct memory {
	uint64_t seed[2];
	struct shard shard[MEMORY_SHARDS];
};

static void *
need(void *p)
{
	if (!p)
		abort();
	return p;
}

struct memory *
memory_new(int64_t entries_max)
{
	struct memory *m = need(calloc(1, sizeof(*m)));

	assert(entries_max > 0);
	if (RAND_bytes((unsigned char *)m->seed, sizeof(m->seed)) != 1)
		abort();
	for (size_t i = 0; i < MEMORY_SHARDS; i++) {
		struct shard *s = &m->shard[i];

		pthread_mutex_init(&s->lock, NULL);
		s->max = (size_t)((entries_max + MEMORY_SHARDS - 1) / MEMORY_SHARDS);
		s->n_buckets = BUCKETS_MIN;
		s->bucket = need(calloc(s->n_buckets, sizeof(*s->bucket)));
	}
	return m;
}

void
memory_free(struct memory **mp)
{
	struct memory *m = *mp;

	*mp = NULL;
	if (!m)
		return;
	for (size_t i = 0; i < MEMORY_SHARDS; i++) {
		struct shard *s = &m->shard[i];

		for (struct entry *e = s->oldest, *next; e; e = next) {
			next = e->newer;
			free(e);
		}
		free(s->bucket);
		pthread_mutex_destroy(&s->lock);
	}
	free(m);
}

static struct entry **
bucket_of(struct shard *s, uint64_t hash)
{
	return &s->bucket[hash & (s->n_buckets - 1)];
}

/* Out of the order of use. */
static void
unlink_use(struct shard *s, struct entry *e)
{
	*(e->older ? &e->older->newer : &s->oldest) = e->newer;
	*(e->newer ? &e->newer->older : &s->newest) = e->older;
}

static void
link_newest(struct shard *s, struct entry *e)
{
	e->older = s->newest;
	e->newer = NULL;
	*(s->newest ? &s->newest->newer : &s->oldest) = e;
	s->newest = e;
}

static void
drop(struct shard *s, struct entry *e)
{
	struct entry **at = bucket_of(s, e->hash);

	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	unlink_use(s, e);
	s->n--;
	free(e);
}

static void
grow(struct shard *s)
{
	struct entry **old = s->bucket;

	s->n_buckets *= 2;
	s->bucket = need(calloc(s->n_buckets, sizeof(*s->bucket)));
	for (struct entry *e = s->oldest; e; e = e->newer) {
		e->chain = *bucket_of(s, e->hash);
		*bucket_of(s, e->hash) = e;
	}
	free(old);
}

static struct entry *
find(struct shard *s, uint64_t hash, struct str key)
{
	for (struct entry *e = *bucket_of(s, hash); e; e = e->chain)
		if (e->hash == hash && str_eq((struct str){ e->key, e->key_n }, key))
			return e;
	return NULL;
}

static struct entry *
add(struct shard *s, uint64_t hash, struct str key)
{
	struct entry *e;

	if (s->n >= s->max) {
		drop(s, s->oldest);
		s->evicted++;
	}
	if (s->n >= s->n_buckets)
		grow(s);
	e = need(calloc(1, sizeof(*e) + key.n));
	e->hash = hash;
	e->key_n = key.n;
	memcpy(e->key, key.p, key.n);
	e->chain = *bucket_of(s, hash);
	*bucket_of(s, hash) = e;
	link_newest(s, e);
	s->n++;
	return e;
}

static void
used(struct shard *s, struct entry *e)
{
	if (s->newest == e)
		return;
	unlink_use(s, e);
	link_newest(s, e);
}

/* The shard of a hash, locked. */
static struct shard *
enter(struct memory *m, uint64_t hash)
{
	struct shard *s = &m->shard[hash >> (64 - SHARD_BITS)];

	pthread_mutex_lock(&s->lock);
	return s;
}

void
memory_run(struct memory *m, const struct key *key, struct counter_op *op, int64_t now_ms)
{
	uint64_t hash = hash_sip(key_str(key), m->seed);
	struct shard *s = enter(m, hash);
	struct entry *e = find(s, hash, key_str(key));
	struct tally none = { .type = op->type };

	if (e)
		used(s, e);
	else if (!tally_reads(op))
		e = add(s, hash, key_str(key));
	tally_run(e ? &e->tally : &none, op, now_ms);
	pthread_mutex_unlock(&s->lock);
}

void
memory_put(struct memory *m, struct str key, const struct tally *t)
{
	uint64_t hash = hash_sip(key, m->seed);
	struct shard *s = enter(m, hash);
	struct entry *e = find(s, hash, key);

	if (e)
		used(s, e);
	else
		e = add(s, hash, key);
	e->tally = *t;
	pthread_mutex_unlock(&s->lock);
}

bool
memory_del(struct memory *m, const struct key *key)
{
	uint64_t hash = hash_sip(key_str(key), m->seed);
	struct shard *s = enter(m, hash);
	struct entry *e = find(s, hash, key_str(key));

	if (e)
		drop(s, e);
	pthread_mutex_unlock(&s->lock);
	return e != NULL;
}

void
memory_each(struct memory *m, size_t shard, int64_t now_ms,
    bool (*fn)(void *arg, struct str key, const struct tally *), void *arg)
{
	struct shard *s = &m->shard[shard];
	bool more = true;

	pthread_mutex_lock(&s->lock);
	for (struct entry *e = s->oldest, *next; e && more; e = next) {
		next = e->newer;
		if (tally_expires_ms(&e->tally) <= now_ms)
			drop(s, e);
		else
			more = fn(arg, (struct str){ e->key, e->key_n }, &e->tally);
	}
	pthread_mutex_unlock(&s->lock);
}

uint64_t
memory_entries(struct memory *m)
{
	uint64_t n = 0;

	for (size_t i = 0; i < MEMORY_SHARDS; i++) {
		pthread_mutex_lock(&m->shard[i].lock);
		n += m->shard[i].n;
		pthread_mutex_unlock(&m->shard[i].lock);
	}
	return n;
}

uint64_t
memory_evicted(struct memory *m)
{
	uint64_t n = 0;

	for (size_t i = 0; i < MEMORY_SHARDS; i++) {
		pthread_mutex_lock(&m->shard[i].lock);
		n += m->shard[i].evicted;
		pthread_mutex_unlock(&m->shard[i].lock);
	}
	return n;
}
