/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_clear(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	b->full = false;
	if (b->p)
		b->p[0] = '\0';
}

/* Make room for `need` bytes and a NUL; need <= max is checked by the caller. */
static void
grow(struct buf *b, size_t need)
{
	size_t cap = b->cap ? b->cap : 64;

	if (need < b->cap)
		return;
	while (cap <= need)
		cap = cap > SIZE_MAX / 2 ? need + 1 : cap * 2;
	b->p = realloc(b->p, cap);
	if (!b->p)
		abort();	/* out of memory */
	b->cap = cap;
}

char *
buf_room(struct buf *b, size_t n)
{
	if (b->full || n > b->max || b->n > b->max - n) {
		b->full = true;
		return NULL;
	}
	grow(b, b->n + n);
	return b->p + b->n;
}

void
buf_add(struct buf *b, struct str s)
{
	char *at;

	if (s.n == 0)
		return;
	at = buf_room(b, s.n);
	if (!at)
		return;
	memcpy(at, s.p, s.n);
	b->n += s.n;
	b->p[b->n] = '\0';
}

void
buf_add_cut(struct buf *b, struct str s)
{
	size_t room = b->max > b->n ? b->max - b->n : 0;

	buf_add(b, str_upto(s, room));
	if (s.n > room)
		b->full = true;
}

void
buf_addc(struct buf *b, char c)
{
	buf_add(b, (struct str){ &c, 1 });
}

void
buf_adds(struct buf *b, const char *cstr)
{
	buf_add(b, str_of(cstr));
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;
	char *at;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n <= 0)
		return;
	at = buf_room(b, (size_t)n);
	if (!at)
		return;
	vsnprintf(at, (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

struct str
buf_str(const struct buf *b)
{
	return (struct str){ b->p, b->n };
}

const char *
buf_cstr(const struct buf *b)
{
	return b->n ? b->p : "";
}
