/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "recipient/answers.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/hash.h"

enum { WAYS = 8 };

struct answer {
	uint64_t name[2];
	int64_t until_ms;		/* 0: free */
	enum rc rc;
};

struct answers {
	uint64_t secret[4];
	size_t sets;			/* a power of two */
	struct answer item[];
};

struct answers *
answers_new(size_t max)
{
	struct answers *a;
	size_t sets = 1;

	while (sets * 2 * WAYS <= max)
		sets *= 2;
	a = calloc(1, sizeof(*a) + sets * WAYS * sizeof(a->item[0]));
	/* Up to 256 bytes come at once and whole, once the kernel is up. */
	if (!a || getrandom(a->secret, sizeof(a->secret), 0) != sizeof(a->secret))
		abort();
	a->sets = sets;
	return a;
}

void
answers_free(struct answers **at)
{
	free(*at);
	*at = NULL;
}

static size_t
set_of(const struct answers *a, struct str question, uint64_t name[2])
{
	name[0] = hash_sip(question, &a->secret[0]);
	name[1] = hash_sip(question, &a->secret[2]);
	return (name[0] & (a->sets - 1)) * WAYS;
}

static bool
is(const struct answer *x, const uint64_t name[2])
{
	return x->until_ms && x->name[0] == name[0] && x->name[1] == name[1];
}

void
answers_put(struct answers *a, struct str question, enum rc rc, int64_t until_ms)
{
	uint64_t name[2];
	size_t first = set_of(a, question, name), best = first;

	for (size_t i = first; i < first + WAYS; i++) {
		if (is(&a->item[i], name)) {
			best = i;
			break;
		}
		if (a->item[i].until_ms < a->item[best].until_ms)
			best = i;
	}
	a->item[best] = (struct answer){ { name[0], name[1] }, until_ms, rc };
}

bool
answers_get(const struct answers *a, struct str question, int64_t now_ms, int64_t stale_ms, enum rc *rc,
    bool *known)
{
	uint64_t name[2];
	size_t first = set_of(a, question, name);

	*known = false;
	for (size_t i = first; i < first + WAYS; i++) {
		if (!is(&a->item[i], name) || a->item[i].until_ms + stale_ms <= now_ms)
			continue;
		*known = true;
		*rc = a->item[i].rc;
		return a->item[i].until_ms > now_ms;
	}
	return false;
}
