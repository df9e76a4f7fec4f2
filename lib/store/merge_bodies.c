/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The messages of one store in another. */
#include <stdlib.h>
#include <string.h>

#include "base/fdio.h"
#include "base/pool.h"
#include "base/vec.h"
#include "store/merge.h"

struct key {
	char text[BODIES_KEY + 1];
};

struct keys {
	struct pool *pool;
	struct vec all;			/* struct key, sorted */
};

static bool
collect(void *arg, struct str key, int64_t wall_ms, uint64_t bytes)
{
	struct keys *k = arg;
	struct key *one = vec_push(k->pool, &k->all, sizeof(*one));

	(void)wall_ms;
	(void)bytes;
	*one = (struct key){ .text = "" };
	memcpy(one->text, key.p, key.n < BODIES_KEY ? key.n : BODIES_KEY);
	return true;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static enum rc
keys_of(struct bodies *b, struct keys *out)
{
	enum rc rc = bodies_each(b, collect, out);

	if (rc == RC_OK && out->all.n > 1)
		qsort(out->all.items, out->all.n, sizeof(struct key), by_text);
	return rc;
}

static bool
has_key(const struct keys *k, const struct key *key)
{
	return k->all.n && bsearch(key, k->all.items, k->all.n, sizeof(*key), by_text);
}

/* ---- one ---- */

/* RC_NONE: it went meanwhile. RC_BAD: it is damaged there. */
static enum rc
copy(struct bodies *from, struct bodies *to, struct str key)
{
	uint64_t size;
	int fd = -1;
	enum rc rc = bodies_get(from, key, &fd, &size);

	if (rc == RC_OK && bodies_put(to, key, fd, size, INT64_MAX) != RC_OK)
		rc = RC_TEMP;
	fdio_close(&fd);
	return rc;
}

static enum rc
get(struct bodies *b, struct str key, int *fd, struct str *text)
{
	uint64_t size;
	enum rc rc = bodies_get(b, key, fd, &size);

	return rc == RC_OK ? fdio_map(*fd, text) : rc;
}

/* RC_OK: the same. RC_LIMIT: not the same. RC_BAD: it is damaged on one side. RC_NONE: it went meanwhile. */
static enum rc
compare(struct bodies *from, struct bodies *to, struct str key)
{
	struct str x = STR_NONE, y = STR_NONE;
	int fd[2] = { -1, -1 };
	enum rc rc = get(from, key, &fd[0], &x);

	if (rc == RC_OK)
		rc = get(to, key, &fd[1], &y);
	if (rc == RC_OK && !str_eq(x, y))
		rc = RC_LIMIT;
	fdio_unmap(&x);
	fdio_unmap(&y);
	fdio_close(&fd[0]);
	fdio_close(&fd[1]);
	return rc;
}

/* ---- all ---- */

struct walk {
	struct bodies *from, *to;
	struct merge_bodies *count;
	struct keys have, there;
	bool only_look;
};

static enum rc
one(struct walk *w, const struct key *key)
{
	struct merge_bodies *n = w->count;
	bool there = has_key(&w->there, key);
	enum rc rc = RC_OK;

	n->bodies++;
	if (w->only_look)
		rc = there ? compare(w->from, w->to, str_of(key->text)) : RC_NONE;
	else if (!there)
		rc = copy(w->from, w->to, str_of(key->text));
	switch (rc) {
	case RC_OK: n->copied += !w->only_look && !there; break;
	case RC_NONE: n->missing += w->only_look; break;
	case RC_LIMIT: n->differ++; break;
	case RC_BAD: n->damaged++; break;
	case RC_TEMP: return RC_TEMP;
	}
	return RC_OK;
}

static enum rc
walk(struct walk *w, void (*each)(void *arg, const struct merge_bodies *), void *arg)
{
	struct pool *pool = pool_new(0);
	enum rc rc;

	*w->count = (struct merge_bodies){ .bodies = 0 };
	w->have.pool = w->there.pool = pool;
	rc = keys_of(w->from, &w->have);
	if (rc == RC_OK)
		rc = keys_of(w->to, &w->there);
	for (size_t i = 0; rc == RC_OK && i < w->have.all.n; i++) {
		rc = one(w, (const struct key *)w->have.all.items + i);
		if (each)
			each(arg, w->count);
	}
	pool_free(&pool);
	return rc == RC_OK && w->count->damaged ? RC_BAD : rc;
}

enum rc
merge_bodies(struct bodies *from, struct bodies *to, struct merge_bodies *count,
    void (*each)(void *arg, const struct merge_bodies *), void *arg)
{
	return walk(&(struct walk){ .from = from, .to = to, .count = count }, each, arg);
}

enum rc
merge_bodies_compare(struct bodies *from, struct bodies *to, struct merge_bodies *count,
    void (*each)(void *arg, const struct merge_bodies *), void *arg)
{
	return walk(&(struct walk){ .from = from, .to = to, .count = count, .only_look = true }, each, arg);
}
