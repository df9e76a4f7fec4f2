/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "engine/seen.h"

#include <string.h>

struct entry {
	size_t part, leaf;	/* part + 1; 0: free */
};

/* Open addressing, at most half full, doubled as it fills. */
struct seen {
	struct pool *pool;
	struct entry *entry;
	size_t n, cap, max;
};

enum { FIRST_CAP = 64 };

struct seen *
seen_new(struct pool *pool, size_t max)
{
	struct seen *s = pool_alloc(pool, sizeof(*s));

	s->pool = pool;
	s->max = max;
	return s;
}

static size_t
start(const unsigned char *digest, size_t cap)
{
	uint64_t v;

	memcpy(&v, digest, sizeof(v));
	return (size_t)v & (cap - 1);
}

static void
put(struct entry *entry, size_t cap, const struct report *r, struct entry new)
{
	size_t i = start(report_part_at(r, new.part - 1)->sha256, cap);

	while (entry[i].part)
		i = (i + 1) & (cap - 1);
	entry[i] = new;
}

static void
grow(struct seen *s, const struct report *r)
{
	size_t cap = s->cap ? s->cap * 2 : FIRST_CAP;
	struct entry *entry = pool_alloc(s->pool, cap * sizeof(*entry));

	for (size_t i = 0; i < s->cap; i++)
		if (s->entry[i].part)
			put(entry, cap, r, s->entry[i]);
	s->entry = entry;
	s->cap = cap;
}

void
seen_add(struct seen *s, const struct report *r, size_t part, size_t leaf)
{
	if (s->n >= s->max)
		return;
	if (s->n * 2 >= s->cap)
		grow(s, r);
	put(s->entry, s->cap, r, (struct entry){ part + 1, leaf });
	s->n++;
}

bool
seen_has(const struct seen *s, const struct report *r, const unsigned char digest[HASH_SHA256_BYTES],
    size_t leaf, struct str name)
{
	if (!s->cap)
		return false;
	for (size_t i = start(digest, s->cap); s->entry[i].part; i = (i + 1) & (s->cap - 1)) {
		const struct report_part *p = report_part_at(r, s->entry[i].part - 1);

		if (memcmp(p->sha256, digest, HASH_SHA256_BYTES) != 0)
			continue;
		if (leaf == SIZE_MAX || (s->entry[i].leaf == leaf && str_eq(p->name, name)))
			return true;
	}
	return false;
}
