/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "recipient/keys.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/pool.h"

enum { FIRST_SLOTS = 64, VALUE_TEXT = 2000 };
#define SEED 0x72637074u

struct entry {
	struct str key, value;
	uint64_t hash;
};

struct keys {
	struct pool *pool;		/* texts */
	struct entry *entry;
	uint32_t *slot;			/* index of an entry + 1; 0: free */
	size_t n, cap, slots, max;
};

struct keys *
keys_new(size_t max)
{
	struct keys *k = calloc(1, sizeof(*k));

	if (!k)
		abort();
	k->pool = pool_new(0);
	k->max = max < UINT32_MAX / 2 ? max : UINT32_MAX / 2;
	return k;
}

void
keys_free(struct keys **at)
{
	struct keys *k = *at;

	if (!k)
		return;
	pool_free(&k->pool);
	free(k->entry);
	free(k->slot);
	free(k);
	*at = NULL;
}

/* The slot of this key, or the free one where it belongs. Linear: never more than half are taken. */
static size_t
place(const struct keys *k, struct str key, uint64_t hash)
{
	size_t i = hash & (k->slots - 1);

	while (k->slot[i]) {
		const struct entry *e = &k->entry[k->slot[i] - 1];

		if (e->hash == hash && str_eq(e->key, key))
			break;
		i = (i + 1) & (k->slots - 1);
	}
	return i;
}

static void
grow(struct keys *k)
{
	if (k->n == k->cap) {
		k->cap = k->cap ? 2 * k->cap : FIRST_SLOTS / 2;
		k->entry = reallocarray(k->entry, k->cap, sizeof(*k->entry));
	}
	if (2 * (k->n + 1) > k->slots) {
		k->slots = k->slots ? 2 * k->slots : FIRST_SLOTS;
		free(k->slot);
		k->slot = calloc(k->slots, sizeof(*k->slot));
		for (size_t i = 0; k->slot && i < k->n; i++)
			k->slot[place(k, k->entry[i].key, k->entry[i].hash)] = (uint32_t)i + 1;
	}
	if (!k->entry || !k->slot)
		abort();
}

static bool
is_key(struct str key)
{
	if (key.n == 0 || key.n > KEYS_TEXT)
		return false;
	for (size_t i = 0; i < key.n; i++)
		if ((unsigned char)key.p[i] < 0x20 || key.p[i] == 0x7f)
			return false;
	return true;
}

static struct str
without_nul(struct str s)
{
	return s.n && s.p[s.n - 1] == '\0' ? str_upto(s, s.n - 1) : s;
}

enum rc
keys_add(struct keys *k, struct str key, struct str value)
{
	uint64_t hash;
	size_t at;

	key = without_nul(key);
	if (!is_key(key))
		return RC_BAD;
	grow(k);
	key = pool_lower(k->pool, key);
	hash = hash_key(key, SEED);
	at = place(k, key, hash);
	if (k->slot[at])
		return RC_OK;
	if (k->n >= k->max)
		return RC_LIMIT;
	k->entry[k->n++] = (struct entry){ key, pool_str(k->pool, str_upto(without_nul(value), VALUE_TEXT)), hash };
	k->slot[at] = (uint32_t)k->n;
	return RC_OK;
}

bool
keys_find(const struct keys *k, struct str key, struct str *value)
{
	size_t at;

	if (k->n == 0)
		return false;
	at = place(k, key, hash_key(key, SEED));
	if (!k->slot[at])
		return false;
	*value = k->entry[k->slot[at] - 1].value;
	return true;
}

size_t
keys_count(const struct keys *k)
{
	return k->n;
}
