/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "web/burst.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/hash.h"

enum { LOCKS = 64, WAYS = 4 };

struct slot {
	uint64_t hash;
	int64_t from_ms, last_ms, n;
};

struct burst {
	uint64_t key[2];
	pthread_mutex_t lock[LOCKS];
	struct slot slot[BURST_SLOTS];
};

struct burst *
burst_new(void)
{
	struct burst *b = calloc(1, sizeof(*b));

	if (!b || RAND_bytes((unsigned char *)b->key, sizeof(b->key)) != 1)
		abort();
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&b->lock[i], NULL);
	return b;
}

void
burst_free(struct burst **b)
{
	for (size_t i = 0; *b && i < LOCKS; i++)
		pthread_mutex_destroy(&(*b)->lock[i]);
	free(*b);
	*b = NULL;
}

/* Its place among the WAYS it may have, or the one that was quiet for longest. */
static struct slot *
place(struct burst *b, uint64_t hash)
{
	struct slot *set = &b->slot[hash % (BURST_SLOTS / WAYS) * WAYS], *oldest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].hash == hash)
			return &set[i];
		if (set[i].last_ms < oldest->last_ms)
			oldest = &set[i];
	}
	*oldest = (struct slot){ .hash = hash };
	return oldest;
}

int64_t
burst_hold(struct burst *b, struct str what, int64_t max, int64_t span_ms, int64_t now_ms)
{
	uint64_t hash = hash_sip(what, b->key);
	pthread_mutex_t *lock = &b->lock[hash % (BURST_SLOTS / WAYS) % LOCKS];
	struct slot *s;
	int64_t hold = 0;

	pthread_mutex_lock(lock);
	s = place(b, hash);
	if (s->n >= max ? now_ms - s->last_ms >= span_ms : now_ms - s->from_ms >= span_ms)
		*s = (struct slot){ .hash = hash, .from_ms = now_ms };
	s->last_ms = now_ms;
	if (s->n >= max)
		hold = span_ms;
	else
		s->n++;
	pthread_mutex_unlock(lock);
	return hold;
}
