/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* vec.h - an array in a pool that grows by one
 *
 * Input    an array pointer with its count and capacity, kept by the caller
 * Units    elements
 * Limits   the caller checks its own before pushing
 * Memory   the array lives in the pool; growing leaves the old copy there until the
 *          pool is cleared (at most as much again as the final array)
 * Errors   none
 * Threads  as the pool
 * Source   none
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stddef.h>

#include "base/pool.h"

struct vec {
	void *items;		/* array of n elements; moves when it grows */
	size_t n, cap;
};

/* Append one zeroed element of `size` bytes and return its address. */
void *vec_push(struct pool *, struct vec *, size_t size);

/* Room for n elements from the start on, where it is about known how many there will be. */
void vec_reserve(struct pool *, struct vec *, size_t n, size_t size);

#endif
