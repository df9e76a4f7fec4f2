/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* pool.h - memory that is freed as a whole
 *
 * Input    sizes
 * Units    bytes
 * Limits   pool_try refuses once the pool's `max` is reached
 * Memory   three lifetimes use it: configuration snapshot, connection, message.
 *          Everything from a pool dies in pool_clear or pool_free
 * Errors   pool_alloc and friends never return NULL: out of memory ends the
 *          process (the MTA answers 4xx, the supervisor starts a new one).
 *          pool_try is for sizes that come from mail; NULL there means RC_LIMIT
 * Threads  one pool belongs to one thread at a time
 * Source   none
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdarg.h>
#include <stddef.h>

#include "base/rc.h"
#include "base/str.h"

struct pool;

/* max: bytes that pool_try may hand out in all, 0 for no limit. */
struct pool *pool_new(size_t max);
void pool_free(struct pool **);
/* Forget everything, keep the first block for reuse. */
void pool_clear(struct pool *);
/* Bytes handed out since pool_new or pool_clear. */
size_t pool_used(const struct pool *);

void *pool_alloc(struct pool *, size_t n);		/* zeroed, aligned for any type */
void *pool_try(struct pool *, size_t n);		/* not zeroed; NULL over the limit */
struct str pool_str(struct pool *, struct str);		/* a copy, NUL-terminated behind its end */
char *pool_cstr(struct pool *, struct str);		/* a copy as C string; cut at nothing, NULs stay */
struct str pool_lower(struct pool *, struct str);	/* a copy in ASCII lower case */
struct str pool_printf(struct pool *, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct str pool_vprintf(struct pool *, const char *fmt, va_list) PRINTF_LIKE(2, 0);

/* Call fn(arg) when the pool is cleared or freed, last added first. */
void pool_cleanup(struct pool *, void (*fn)(void *), void *arg);

#endif
