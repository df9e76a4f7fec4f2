/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Passes from the header of hostile mail: none is good that was not sealed here. What is sealed, whatever it says, is read
 * or not, and a pass of ours with one character changed is none. The first byte says which. */
#include "response/pass.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "click/sealed.h"
#include "fuzz/ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Any plain text under our seal. */
static void
sealed_any(struct pool *pool, struct str plain)
{
	struct pass p;
	struct buf out;

	buf_init(&out, 65536);
	if (sealed_make(fuzz_ring(KEYRING_PASS), PASS_VERSION, plain, &out) == RC_OK &&
	    pass_read(fuzz_ring(KEYRING_PASS), pool, buf_str(&out), FUZZ_NOW_S, &p) == RC_OK)
		assert(p.kind < PASS_KINDS && p.id.n <= PASS_ID && p.expiry_s >= FUZZ_NOW_S);
	buf_clear(&out);
}

/* Of a mail that is these bytes. */
static void
round_trip(struct pool *pool, struct str message, size_t change)
{
	const struct pass what = { .kind = PASS_COPY, .id = str_upto(message, PASS_ID), .expiry_s = FUZZ_NOW_S };
	const struct str rcpts[] = { str_upto(message, message.n / 2), str_from(message, message.n / 2) };
	struct smtp_mail mail = { .from = STR("a@x.test"), .rcpts = rcpts, .n_rcpts = 2, .size = message.n };
	struct pass got, now = { .kind = PASS_COPY };
	struct buf out;
	struct str value;

	buf_init(&out, 4096);
	if (fdio_memfd("mail", message, &mail.fd) != RC_OK)
		abort();
	assert(pass_make(fuzz_ring(KEYRING_PASS), pool, &mail, &what, &out) == RC_OK);
	close(mail.fd);
	value = str_from(buf_str(&out), sizeof(PASS_FIELD));
	assert(pass_read(fuzz_ring(KEYRING_PASS), pool, value, FUZZ_NOW_S, &got) == RC_OK && str_eq(got.id, what.id));
	assert(pass_read(fuzz_ring(KEYRING_PASS), pool, value, FUZZ_NOW_S + 1, &now) == RC_LIMIT);
	pass_bind_content(pool, message, &now);
	pass_bind_envelope(pool, mail.from, rcpts, 2, &now);
	assert(!pass_differs(&got, &now));
	change = sizeof(PASS_FIELD) + change % value.n;
	if (!strchr(" \r\n", out.p[change])) {
		out.p[change] = out.p[change] == 'A' ? 'B' : 'A';
		assert(pass_read(fuzz_ring(KEYRING_PASS), pool, value, FUZZ_NOW_S, &got) != RC_OK);
	}
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct pool *pool = pool_new(0);
	struct pass p;

	assert(pass_read(fuzz_ring(KEYRING_PASS), pool, in, FUZZ_NOW_S, &p) != RC_OK);
	sealed_any(pool, in);
	if (n > 1)
		round_trip(pool, str_from(in, 1), data[0]);
	pool_free(&pool);
	return 0;
}
