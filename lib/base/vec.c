/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/vec.h"

#include <string.h>

static void
grow(struct pool *pool, struct vec *v, size_t cap, size_t size)
{
	void *items = pool_alloc(pool, cap * size);

	if (v->n)
		memcpy(items, v->items, v->n * size);
	v->items = items;
	v->cap = cap;
}

void
vec_reserve(struct pool *pool, struct vec *v, size_t n, size_t size)
{
	if (v->cap < n)
		grow(pool, v, n, size);
}

void *
vec_push(struct pool *pool, struct vec *v, size_t size)
{
	if (v->n == v->cap)
		grow(pool, v, v->cap ? v->cap * 2 : 8, size);
	return (char *)v->items + v->n++ * size;
}
