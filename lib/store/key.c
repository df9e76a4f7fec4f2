/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/key.h"

#include <assert.h>

#include "base/hash.h"

static void
put(struct key *k, struct str s)
{
	assert(s.n <= KEY_MAX - k->n);
	if (s.n)
		memcpy(k->p + k->n, s.p, s.n);
	k->n += s.n;
}

void
key_of_kind(struct key *k, const char *kind)
{
	struct str s = str_of(kind);

	assert(s.n > 0 && s.n <= KEY_KIND && str_chr(s, ':') == STR_NPOS);
	k->n = 0;
	put(k, s);
	put(k, STR(":"));
}

void
key_make(struct key *k, const char *kind, struct str name)
{
	unsigned char digest[HASH_SHA256_BYTES];
	char hex[HASH_SHA256_HEX + 1];

	key_of_kind(k, kind);
	if (name.n <= COUNTER_KEY) {
		put(k, name);
		return;
	}
	hash_sha256(name, digest);
	hash_hex(digest, hex);
	put(k, STR("sha256:"));
	put(k, str_of(hex));
}

struct str
key_str(const struct key *k)
{
	return (struct str){ k->p, k->n };
}
