/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Links of digests as any browser sends them: none is good that was not sealed here; what is sealed is an entry and a person
 * within their limits, or nothing. The first byte says which character of a good one is changed. */
#include "response/act.h"

#include <assert.h>

#include "fuzz/ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
sealed_any(struct pool *pool, struct str plain)
{
	struct act a;
	struct buf out;

	buf_init(&out, 65536);
	if (sealed_make(fuzz_ring(KEYRING_DIGEST), ACT_VERSION, plain, &out) == RC_OK &&
	    act_read(fuzz_ring(KEYRING_DIGEST), pool, buf_str(&out), FUZZ_NOW_S, &a) == RC_OK)
		assert(a.id.n == RECORD_ID && a.person.n <= ACT_PERSON && a.expiry_s >= FUZZ_NOW_S);
	buf_clear(&out);
}

static void
round_trip(struct pool *pool, struct str in, size_t change)
{
	const struct act a = { .id = STR("01m847ndqfzqbpg11jkr"), .number = (uint16_t)(in.n + 1), .expiry_s = FUZZ_NOW_S,
		.person = in };
	struct act got;
	struct buf out;

	buf_init(&out, ACT_CHARS);
	if (act_make(fuzz_ring(KEYRING_DIGEST), &a, &out) == RC_OK) {
		assert(act_read(fuzz_ring(KEYRING_DIGEST), pool, buf_str(&out), FUZZ_NOW_S, &got) == RC_OK);
		assert(str_eq(got.id, a.id) && str_eq(got.person, a.person) && got.number == a.number);
		assert(act_read(fuzz_ring(KEYRING_DIGEST), pool, buf_str(&out), FUZZ_NOW_S + 1, &got) == RC_LIMIT);
		out.p[change % out.n] = out.p[change % out.n] == 'A' ? 'B' : 'A';
		assert(act_read(fuzz_ring(KEYRING_DIGEST), pool, buf_str(&out), FUZZ_NOW_S, &got) != RC_OK);
	} else {
		assert(in.n > ACT_PERSON);
	}
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct pool *pool = pool_new(0);
	struct act a;

	assert(act_read(fuzz_ring(KEYRING_DIGEST), pool, in, FUZZ_NOW_S, &a) != RC_OK);
	sealed_any(pool, in);
	if (n > 1)
		round_trip(pool, str_from(in, 1), data[0]);
	pool_free(&pool);
	return 0;
}
