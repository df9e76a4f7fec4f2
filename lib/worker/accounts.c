/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/accounts.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/vec.h"

enum { BUCKETS = 4096 };		/* a power of two; rules come in thousands at most */

struct row {
	struct yara_rule_stat stat;
	uint32_t generation;
	struct row *next;
};

struct accounts {
	struct pool *pool;
	struct row *buckets[BUCKETS];
	size_t n;
};

struct accounts *
accounts_new(void)
{
	struct accounts *a = calloc(1, sizeof(*a));

	if (!a)
		abort();	/* out of memory */
	a->pool = pool_new(0);
	return a;
}

void
accounts_free(struct accounts **ap)
{
	if (!*ap)
		return;
	pool_free(&(*ap)->pool);
	free(*ap);
	*ap = NULL;
}

/* The row of a rule, made when it is new; NULL over the limit. */
static struct row *
row_of(struct accounts *a, const struct yara_rule_stat *s, bool *made)
{
	uint64_t key = hash_key(s->rule, hash_key(s->file, 0));
	struct row **bucket = &a->buckets[key & (BUCKETS - 1)], *row;

	*made = false;
	for (row = *bucket; row; row = row->next)
		if (str_eq(row->stat.rule, s->rule) && str_eq(row->stat.file, s->file))
			return row;
	if (a->n >= ACCOUNTS_RULES)
		return NULL;
	row = pool_alloc(a->pool, sizeof(*row));
	row->stat.rule = pool_str(a->pool, s->rule);
	row->stat.file = pool_str(a->pool, s->file);
	row->next = *bucket;
	*bucket = row;
	a->n++;
	*made = true;
	return row;
}

size_t
accounts_delta(struct accounts *a, struct pool *pool, const struct yara_rule_stat *now, size_t n,
    const struct yara_rule_stat **out)
{
	struct yara_rule_stat *list = pool_alloc(pool, n * sizeof(*list));
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		bool made;
		struct row *row = row_of(a, &now[i], &made);

		if (!row || (!made && row->stat.hits == now[i].hits && row->stat.us == now[i].us))
			continue;
		list[found] = now[i];
		list[found].hits -= row->stat.hits;
		list[found++].us -= row->stat.us;
		row->stat.hits = now[i].hits;
		row->stat.us = now[i].us;
	}
	*out = list;
	return found;
}

void
accounts_add(struct accounts *a, const struct yara_rule_stat *delta, size_t n, uint32_t generation)
{
	for (size_t i = 0; i < n; i++) {
		bool made;
		struct row *row = row_of(a, &delta[i], &made);

		if (!row)
			continue;
		if (made || !str_eq(row->stat.description, delta[i].description))
			row->stat.description = pool_str(a->pool, delta[i].description);
		row->stat.class = delta[i].class;
		row->stat.score = delta[i].score;
		row->stat.hits += delta[i].hits;
		row->stat.us += delta[i].us;
		row->generation = generation;
	}
}

size_t
accounts_list(const struct accounts *a, uint32_t generation, struct pool *pool,
    const struct yara_rule_stat **out)
{
	struct vec v = { .n = 0 };

	for (size_t b = 0; b < BUCKETS; b++) {
		for (const struct row *row = a->buckets[b]; row; row = row->next) {
			struct yara_rule_stat *s;

			if (row->generation != generation)
				continue;
			s = vec_push(pool, &v, sizeof(*s));
			*s = row->stat;
			s->rule = pool_str(pool, row->stat.rule);
			s->file = pool_str(pool, row->stat.file);
			s->description = pool_str(pool, row->stat.description);
		}
	}
	*out = v.items;
	return v.n;
}
