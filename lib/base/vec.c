/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/vec.h"

#include <string.h>

void *
vec_push(struct pool *pool, struct vec *v, size_t size)
{
	if (v->n == v->cap) {
		size_t cap = v->cap ? v->cap * 2 : 8;
		void *items = pool_alloc(pool, cap * size);

		if (v->n)
			memcpy(items, v->items, v->n * size);
		v->items = items;
		v->cap = cap;
	}
	return (char *)v->items + v->n++ * size;
}
