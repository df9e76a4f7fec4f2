/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Sets of a few places each, found by the hash of the question. A name of a stranger's choice
 * can displace at most the answers of its own set; work is bounded whatever is asked. */
#include "net/dns_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/hash.h"

enum {
	TYPICAL = 256,		/* bytes of an answer with its name */
	SETS_MIN = 16,
	SHARE = 64		/* one answer takes at most this part of the whole */
};

struct place {
	struct dns_packed *packed;	/* NULL: free */
	char *key;
	size_t bytes;
	int64_t until_ms;
	enum dns_type type;
};

struct dns_cache {
	pthread_mutex_t lock;
	uint64_t seed;
	size_t max, bytes;
	size_t sets, hand;		/* hand: the set that makes room next */
	struct place place[];		/* sets * DNS_CACHE_WAYS */
};

struct dns_cache *
dns_cache_new(size_t max)
{
	size_t sets = SETS_MIN;
	struct dns_cache *c;

	while (sets * DNS_CACHE_WAYS * TYPICAL < max)
		sets *= 2;
	c = calloc(1, sizeof(*c) + sets * DNS_CACHE_WAYS * sizeof(c->place[0]));
	if (!c)
		abort();
	pthread_mutex_init(&c->lock, NULL);
	c->max = max;
	c->sets = sets;
	if (getrandom(&c->seed, sizeof(c->seed), GRND_NONBLOCK) != (ssize_t)sizeof(c->seed))
		c->seed = (uint64_t)(uintptr_t)c;
	return c;
}

static void
empty(struct dns_cache *c, struct place *p)
{
	c->bytes -= p->bytes;
	dns_packed_put(&p->packed);
	free(p->key);
	*p = (struct place){ 0 };
}

void
dns_cache_free(struct dns_cache **cache)
{
	struct dns_cache *c = *cache;

	if (!c)
		return;
	for (size_t i = 0; i < c->sets * DNS_CACHE_WAYS; i++)
		if (c->place[i].packed)
			empty(c, &c->place[i]);
	pthread_mutex_destroy(&c->lock);
	free(c);
	*cache = NULL;
}

static struct place *
set_of(struct dns_cache *c, enum dns_type type, const char *key)
{
	uint64_t h = hash_key(str_of(key), c->seed ^ type);

	h ^= h >> 32;
	return &c->place[(h & (c->sets - 1)) * DNS_CACHE_WAYS];
}

static bool
is_for(const struct place *p, enum dns_type type, const char *key)
{
	return p->packed && p->type == type && strcmp(p->key, key) == 0;
}

/* The place of the same question, a free one, or the one that ends first. */
static struct place *
choose(struct place *set, enum dns_type type, const char *key)
{
	struct place *best = &set[0];

	for (size_t i = 0; i < DNS_CACHE_WAYS; i++) {
		if (is_for(&set[i], type, key))
			return &set[i];
		if (best->packed && (!set[i].packed || set[i].until_ms < best->until_ms))
			best = &set[i];
	}
	return best;
}

static void
make_room(struct dns_cache *c, size_t bytes)
{
	while (c->bytes + bytes > c->max) {
		struct place *set = &c->place[c->hand * DNS_CACHE_WAYS];

		for (size_t i = 0; i < DNS_CACHE_WAYS; i++)
			if (set[i].packed)
				empty(c, &set[i]);
		c->hand = (c->hand + 1) & (c->sets - 1);
	}
}

void
dns_cache_put(struct dns_cache *c, enum dns_type type, const char *key, struct dns_packed *packed, int64_t until_ms)
{
	size_t bytes = packed->bytes + strlen(key) + 1;
	struct place *p;

	if (bytes > c->max / SHARE)
		return;
	pthread_mutex_lock(&c->lock);
	p = choose(set_of(c, type, key), type, key);
	if (p->packed)
		empty(c, p);
	make_room(c, bytes);
	*p = (struct place){ dns_packed_get(packed), strdup(key), bytes, until_ms, type };
	if (!p->key)
		abort();
	c->bytes += bytes;
	pthread_mutex_unlock(&c->lock);
}

struct dns_packed *
dns_cache_get(struct dns_cache *c, enum dns_type type, const char *key, int64_t now_ms)
{
	struct dns_packed *packed = NULL;
	struct place *set;

	pthread_mutex_lock(&c->lock);
	set = set_of(c, type, key);
	for (size_t i = 0; i < DNS_CACHE_WAYS && !packed; i++) {
		if (!is_for(&set[i], type, key))
			continue;
		if (set[i].until_ms <= now_ms)
			empty(c, &set[i]);
		else
			packed = dns_packed_get(set[i].packed);
		break;
	}
	pthread_mutex_unlock(&c->lock);
	return packed;
}
