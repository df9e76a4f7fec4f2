/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dig_kit.h - one way of digging at work on any bytes, for tests and fuzzers
 *
 * Input    any bytes
 * Units    bytes
 * Limits   small ones, so that they are met; two seconds
 * Memory   dig_kit_clear frees all
 * Errors   an assertion that does not hold
 * Threads  one
 * Source   engine/dig.h
 */
#ifndef TEST_ENGINE_DIG_KIT_H
#define TEST_ENGINE_DIG_KIT_H

#include <assert.h>

#include "base/clock.h"
#include "base/hash.h"
#include "conf/limits_opts.h"
#include "engine/dig.h"

enum { DIG_KIT_BYTES = 1 << 20, DIG_KIT_FILES = 40, DIG_KIT_MAILS = 2, DIG_KIT_MS = 2000 };

struct dig_kit {
	struct limits lim;
	struct unpack_budget budget;
	struct dig_site site;
	uint64_t defects;
};

static inline void
dig_kit_init(struct dig_kit *k, const struct str *words, size_t n)
{
	*k = (struct dig_kit){ .defects = 0 };
	limits_default(&k->lim);
	k->lim.unpack_bytes = k->lim.decoded_bytes = DIG_KIT_BYTES;
	k->lim.unpack_files = DIG_KIT_FILES;
	unpack_budget_init(&k->budget, &k->lim, clock_mono_ms() + DIG_KIT_MS);
	k->site = (struct dig_site){
		.pool = pool_new(0), .lim = &k->lim, .budget = &k->budget, .words = words, .n_words = n,
		.defects = &k->defects, .unpack = true, .mails = DIG_KIT_MAILS,
	};
}

static inline void
dig_kit_clear(struct dig_kit *k)
{
	pool_free(&k->site.pool);
}

/* Every byte of every member can be read; it ends within the budget, and says so. */
static inline enum rc
dig_kit_run(struct dig_kit *k, const struct dig_kind *kind, const struct dig_content *c)
{
	void *state = kind->open(&k->site, c);
	int64_t members = 0;
	enum rc rc = RC_NONE;

	while (state) {
		struct unpack_member m = { .encrypted = false };
		unsigned char digest[HASH_SHA256_BYTES];

		rc = kind->next(state, &m);
		if (rc != RC_OK)
			break;
		members++;
		hash_sha256(m.name, digest);
		hash_sha256(m.content, digest);
		assert(m.content.n <= (size_t)DIG_KIT_BYTES + c->bytes.n);
		assert(!m.encrypted || m.content.n == 0);
		assert(k->budget.bytes >= 0 || m.cut);
	}
	/* An item of winmail.dat and one entry with two names count by limits of their own. */
	assert(members <= 2 * DIG_KIT_FILES);
	kind->close(state);
	return rc;
}

#endif
