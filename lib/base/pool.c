/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A chain of blocks; small requests are cut off the newest one, large ones get
 * a block of their own. Blocks double up to BLOCK_MAX, so that a message of
 * any size costs few calls of malloc. Under a sanitizer every request is
 * a block of its own, so that an overrun inside the pool is seen. */
#include "base/pool.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/sanitizer.h"

enum { BLOCK_MIN = 4096 - 64, BLOCK_MAX = 256 * 1024 };

struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) char data[];
};

struct cleanup {
	struct cleanup *next;
	void (*fn)(void *);
	void *arg;
};

struct pool {
	struct block *head;		/* newest first */
	struct cleanup *cleanups;
	size_t max, used, next_size;
};

static void *
must(void *p)
{
	if (!p)
		abort();	/* out of memory: see "Errors" in pool.h */
	return p;
}

struct pool *
pool_new(size_t max)
{
	struct pool *pool = must(calloc(1, sizeof(*pool)));

	pool->max = max;
	pool->next_size = BLOCK_MIN;
	return pool;
}

static void
drop_blocks(struct pool *pool, struct block *keep)
{
	struct block *b = pool->head, *next;

	for (; b; b = next) {
		next = b->next;
		if (b != keep)
			free(b);
	}
	pool->head = keep;
	if (keep) {
		keep->next = NULL;
		keep->used = 0;
	}
}

static void
run_cleanups(struct pool *pool)
{
	while (pool->cleanups) {
		struct cleanup *c = pool->cleanups;

		pool->cleanups = c->next;
		c->fn(c->arg);
	}
}

/* The block worth keeping for the next message: a small shared one. */
static struct block *
reusable(struct pool *pool)
{
	struct block *b = pool->head;

	while (b && b->size != BLOCK_MIN)
		b = b->next;
	return b;
}

void
pool_clear(struct pool *pool)
{
	run_cleanups(pool);
	drop_blocks(pool, reusable(pool));
	pool->used = 0;
	pool->next_size = BLOCK_MIN;
}

void
pool_free(struct pool **poolp)
{
	if (!*poolp)
		return;
	run_cleanups(*poolp);
	drop_blocks(*poolp, NULL);
	free(*poolp);
	*poolp = NULL;
}

size_t
pool_used(const struct pool *pool)
{
	return pool->used;
}

static struct block *
new_block(size_t size)
{
	struct block *b;

	if (size > SIZE_MAX - sizeof(*b))
		abort();
	b = must(malloc(sizeof(*b) + size));
	b->next = NULL;
	b->size = size;
	b->used = 0;
	return b;
}

static struct block *
block_for(struct pool *pool, size_t n)
{
	struct block *b = pool->head, *mine;

#if !SANITIZED
	if (b && b->size - b->used >= n)
		return b;
	if (n <= pool->next_size / 4) {
		mine = new_block(pool->next_size);
		if (pool->next_size < BLOCK_MAX)
			pool->next_size *= 2;
		mine->next = b;
		return pool->head = mine;
	}
#endif
	mine = new_block(n);
	/* Full from birth: goes behind the head, which may still have room. */
	if (b) {
		mine->next = b->next;
		b->next = mine;
	} else {
		pool->head = mine;
	}
	return mine;
}

static void *
cut(struct pool *pool, size_t n)
{
	enum { ALIGN = alignof(max_align_t) };
	size_t rounded = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	struct block *b;
	void *p;

	if (rounded < n)
		abort();
#if SANITIZED
	b = block_for(pool, n);
	p = b->data + b->used;
	b->used += n;
#else
	b = block_for(pool, rounded);
	p = b->data + b->used;
	b->used += rounded;
#endif
	pool->used += rounded;
	return p;
}

void *
pool_alloc(struct pool *pool, size_t n)
{
	void *p = cut(pool, n);

	return n ? memset(p, 0, n) : p;
}

void *
pool_try(struct pool *pool, size_t n)
{
	if (pool->max && (n > pool->max || pool->used > pool->max - n))
		return NULL;
	return cut(pool, n);
}

char *
pool_cstr(struct pool *pool, struct str s)
{
	char *p = cut(pool, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

struct str
pool_str(struct pool *pool, struct str s)
{
	return (struct str){ pool_cstr(pool, s), s.n };
}

struct str
pool_lower(struct pool *pool, struct str s)
{
	char *p = pool_cstr(pool, s);

	for (size_t i = 0; i < s.n; i++)
		p[i] = (char)ascii_lower((unsigned char)p[i]);
	return (struct str){ p, s.n };
}

struct str
pool_vprintf(struct pool *pool, const char *fmt, va_list ap)
{
	va_list again;
	int n;
	char *p;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return STR_NONE;
	p = cut(pool, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	return (struct str){ p, (size_t)n };
}

struct str
pool_printf(struct pool *pool, const char *fmt, ...)
{
	va_list ap;
	struct str s;

	va_start(ap, fmt);
	s = pool_vprintf(pool, fmt, ap);
	va_end(ap);
	return s;
}

void
pool_cleanup(struct pool *pool, void (*fn)(void *), void *arg)
{
	struct cleanup *c = pool_alloc(pool, sizeof(*c));

	c->fn = fn;
	c->arg = arg;
	c->next = pool->cleanups;
	pool->cleanups = c;
}
