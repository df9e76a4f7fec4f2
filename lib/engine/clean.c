/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "engine/clean.h"

#include <stdlib.h>
#include <string.h>

enum { WAYS = 4 };	/* places one digest may stand in; the oldest of them makes room */

struct entry {
	unsigned char digest[HASH_SHA256_BYTES];
	bool used;
};

struct clean {
	size_t sets;
	struct entry entry[];	/* sets * WAYS; in a set the newest first */
};

struct clean *
clean_new(int64_t entries)
{
	size_t sets = entries > 0 ? ((size_t)entries + WAYS - 1) / WAYS : 0;
	struct clean *c;

	if (!sets)
		return NULL;
	c = calloc(1, sizeof(*c) + sets * WAYS * sizeof(c->entry[0]));
	if (!c)
		abort();
	c->sets = sets;
	return c;
}

void
clean_free(struct clean **c)
{
	free(*c);
	*c = NULL;
}

/* SHA-256 is spread evenly, and who could choose collisions here would only slow us down. */
static size_t
set_of(const struct clean *c, const unsigned char *digest)
{
	uint64_t v;

	memcpy(&v, digest, sizeof(v));
	return (size_t)(v % c->sets) * WAYS;
}

bool
clean_has(const struct clean *c, const unsigned char digest[HASH_SHA256_BYTES])
{
	size_t at;

	if (!c)
		return false;
	at = set_of(c, digest);
	for (size_t i = at; i < at + WAYS; i++)
		if (c->entry[i].used && memcmp(c->entry[i].digest, digest, HASH_SHA256_BYTES) == 0)
			return true;
	return false;
}

void
clean_add(struct clean *c, const unsigned char digest[HASH_SHA256_BYTES])
{
	size_t at;

	if (!c || clean_has(c, digest))
		return;
	at = set_of(c, digest);
	memmove(&c->entry[at + 1], &c->entry[at], (WAYS - 1) * sizeof(c->entry[0]));
	memcpy(c->entry[at].digest, digest, HASH_SHA256_BYTES);
	c->entry[at].used = true;
}
