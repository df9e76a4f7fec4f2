/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A hash table of the active boundaries. A line is hashed byte by byte; where the bytes
 * so far are as long as some active boundary, one look-up tells whether they are one. So
 * the work for a line is bounded by its length, whatever the nesting. */
#include "message/mime_build.h"

#include "base/ascii.h"

#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static struct bound *
bound_at(const struct bounds *b, size_t i)
{
	return (struct bound *)b->stack.items + i;
}

static uint64_t
step(uint64_t key, char c)
{
	return (key ^ (unsigned char)c) * FNV_PRIME;
}

static size_t
slot_of(uint64_t key)
{
	return (size_t)(key ^ key >> 29) % BOUNDS_SLOTS;
}

static size_t
length_class(size_t n)
{
	return n < BOUNDS_LENGTHS ? n : BOUNDS_LENGTHS;
}

void
bounds_init(struct bounds *b, struct pool *pool)
{
	*b = (struct bounds){ .pool = pool };
	for (size_t i = 0; i < BOUNDS_SLOTS; i++)
		b->slots[i] = BOUND_NONE;
}

/* The slot that holds `text`, or the free one where it belongs. */
static size_t
find_slot(const struct bounds *b, uint64_t key, struct str text)
{
	size_t slot = slot_of(key);

	for (;;) {
		size_t i = b->slots[slot];

		if (i == BOUND_NONE || (bound_at(b, i)->key == key && str_eq(bound_at(b, i)->text, text)))
			return slot;
		slot = (slot + 1) % BOUNDS_SLOTS;
	}
}

static struct str
trim_end(struct str s)
{
	while (s.n && (ascii_is_wsp((unsigned char)s.p[s.n - 1]) || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

bool
bounds_push(struct bounds *b, struct str boundary, size_t frame)
{
	struct bound new = { .text = trim_end(boundary), .key = FNV_START, .frame = frame }, *kept;
	size_t slot;

	if (b->stack.n >= BOUNDS_SLOTS / 2)
		return false;
	for (size_t i = 0; i < new.text.n; i++)
		new.key = step(new.key, new.text.p[i]);
	slot = find_slot(b, new.key, new.text);
	new.below = b->slots[slot];
	b->lengths[length_class(new.text.n)]++;
	b->slots[slot] = b->stack.n;
	kept = vec_push(b->pool, &b->stack, sizeof(*kept));
	*kept = new;
	return true;
}

/* Put entries that a removed one kept from their own slot where they are found again. */
static void
close_gap(struct bounds *b, size_t slot)
{
	size_t i;

	b->slots[slot] = BOUND_NONE;
	for (slot = (slot + 1) % BOUNDS_SLOTS; (i = b->slots[slot]) != BOUND_NONE;
	    slot = (slot + 1) % BOUNDS_SLOTS) {
		b->slots[slot] = BOUND_NONE;
		b->slots[find_slot(b, bound_at(b, i)->key, bound_at(b, i)->text)] = i;
	}
}

void
bounds_pop(struct bounds *b, size_t frame)
{
	struct bound *top = b->stack.n ? bound_at(b, b->stack.n - 1) : NULL;
	size_t slot;

	if (!top || top->frame != frame)
		return;
	slot = find_slot(b, top->key, top->text);
	b->lengths[length_class(top->text.n)]--;
	if (top->below == BOUND_NONE)
		close_gap(b, slot);
	else
		b->slots[slot] = top->below;
	b->stack.n--;
}

bool
bounds_same(const struct bounds *b)
{
	return b->stack.n && bound_at(b, b->stack.n - 1)->below != BOUND_NONE;
}

static void
note_match(struct bound_match *m, size_t i, struct str line, size_t n)
{
	struct str rest = str_from(line, n);
	bool close = str_eq(rest, STR("--"));

	if (rest.n == 0 || close) {
		m->exact = i;
		m->exact_close = close;
	}
	if (m->shortest == BOUND_NONE) {
		m->shortest = i;
		m->shortest_close = str_starts(rest, STR("--"));
		m->glued = rest.n > 0 && !close;
	}
}

struct bound_match
bounds_match(const struct bounds *b, struct str line)
{
	struct bound_match m = { .exact = BOUND_NONE, .shortest = BOUND_NONE };
	struct str text = trim_end(line);
	uint64_t key = FNV_START;

	for (size_t n = 0;; n++) {
		if (b->lengths[length_class(n)]) {
			size_t i = b->slots[find_slot(b, key, str_upto(text, n))];

			if (i != BOUND_NONE)
				note_match(&m, i, text, n);
		}
		if (n == text.n || (n >= BOUNDS_LENGTHS && !b->lengths[BOUNDS_LENGTHS]))
			return m;
		key = step(key, text.p[n]);
	}
}
