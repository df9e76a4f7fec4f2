/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A key has one set of WAYS places. */
#include "check/link_answers.h"

enum { WAYS = 8, SETS = LINK_SERVICE_KEPT / WAYS };

struct link_answers {
	struct link_answer at[SETS][WAYS];
};

struct link_answers *
link_answers_new(struct pool *pool)
{
	return pool_alloc(pool, sizeof(struct link_answers));
}

static struct link_answer *
set_of(struct link_answers *all, const unsigned char *key)
{
	return all->at[(key[0] | key[1] << 8 | key[2] << 16) % SETS];
}

static bool
is_there(const struct link_answer *a, int64_t now_ms)
{
	return a->state == ANSWER_OPEN || (a->state == ANSWER_KNOWN && now_ms < a->until_ms);
}

struct link_answer *
link_answers_find(struct link_answers *all, const unsigned char key[HASH_SHA256_BYTES], int64_t now_ms)
{
	struct link_answer *set = set_of(all, key);

	for (size_t i = 0; i < WAYS; i++)
		if (is_there(&set[i], now_ms) && memcmp(set[i].key, key, HASH_SHA256_BYTES) == 0)
			return &set[i];
	return NULL;
}

struct link_answer *
link_answers_add(struct link_answers *all, const unsigned char key[HASH_SHA256_BYTES], int64_t now_ms)
{
	struct link_answer *set = set_of(all, key), *best = NULL;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].state == ANSWER_OPEN)
			continue;
		if (!is_there(&set[i], now_ms)) {
			best = &set[i];
			break;
		}
		if (!best || set[i].until_ms < best->until_ms)
			best = &set[i];
	}
	if (best) {
		*best = (struct link_answer){ .state = ANSWER_OPEN };
		memcpy(best->key, key, HASH_SHA256_BYTES);
	}
	return best;
}
