/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Tokens from any bytes: nothing is opened that was not sealed here, and what was is opened in one
 * spelling only. The first byte says which byte of a good token is changed, 0: none. */
#include "click/token.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { NOW_S = 1770000000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct keyring *
ring(void)
{
	static struct keyring *r;
	static char dir[] = "/tmp/token_fuzz.XXXXXX";
	char path[64];
	struct buf why;

	if (r)
		return r;
	buf_init(&why, 1024);
	if (!mkdtemp(dir) || keyring_ensure(keyring_of(str_of(dir), KEYRING_CLICK), NOW_S, &r, &why) != RC_OK)
		abort();
	buf_clear(&why);
	if (snprintf(path, sizeof(path), "%s/keys/click", dir) > 0)
		unlink(path);		/* the keyring goes on with what it has */
	if (snprintf(path, sizeof(path), "%s/keys", dir) > 0)
		rmdir(path);
	rmdir(dir);
	return r;
}

/* Sealed and opened again it is the same; one character changed, it is nothing. */
static void
round_trip(struct pool *pool, struct str in, size_t change)
{
	struct click_token t = { .expiry_s = NOW_S, .doubtful = in.n & 1, .message = str_upto(in, in.n / 4),
	    .rcpt = str_sub(in, in.n / 4, in.n / 4), .url = pool_printf(pool, "https://h/%zu", in.n) };
	struct click_token got;
	struct buf out;

	buf_init(&out, TOKEN_CHARS);
	if (token_make(ring(), &t, &out) == RC_OK) {
		assert(token_looks(buf_str(&out)));
		assert(token_read(ring(), pool, buf_str(&out), NOW_S, &got) == RC_OK);
		assert(str_eq(got.url, t.url) && str_eq(got.rcpt, t.rcpt) && str_eq(got.message, t.message));
		assert(token_read(ring(), pool, buf_str(&out), NOW_S + 1, &got) == RC_LIMIT);
		out.p[change % out.n] = out.p[change % out.n] == 'A' ? 'B' : 'A';
		assert(token_read(ring(), pool, buf_str(&out), NOW_S, &got) != RC_OK);
	} else {
		assert(t.message.n > TOKEN_MESSAGE || t.rcpt.n > TOKEN_RCPT);
	}
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct pool *pool = pool_new(0);
	struct click_token t;

	assert(token_read(ring(), pool, in, NOW_S, &t) != RC_OK);
	if (token_url_fits(in))
		assert(str_starts(in, STR("http")) && str_chr(in, '\n') == STR_NPOS);
	if (n > 1)
		round_trip(pool, str_from(in, 1), data[0]);
	pool_free(&pool);
	return 0;
}
