/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* click_token STATE_DIR URL [SECONDS [RCPT [doubtful|no [0 [MESSAGE]]]]]: a token as the gate makes it. With a fourth word it
 * does the same COUNT times, as in `click_token DIR URL 60 x count 1000`, a link each line with a number behind. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "click/token.h"

static int
put(struct keyring *ring, const struct click_token *t)
{
	struct buf out;
	enum rc rc;

	buf_init(&out, TOKEN_CHARS);
	rc = token_make(ring, t, &out);
	if (rc == RC_OK)
		puts(buf_cstr(&out));
	buf_clear(&out);
	return rc == RC_OK ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct click_token t = { .message = STR("4bQx2r3Zz9"), .rcpt = STR("anna@example.org") };
	struct keyring *ring = NULL;
	struct pool *pool = pool_new(0);
	struct buf why;
	int64_t now = clock_wall_ms() / 1000;
	long count = argc > 6 ? strtol(argv[6], NULL, 10) : 0;
	int status = 0;

	if (argc < 3)
		return 64;
	buf_init(&why, 4096);
	if (keyring_ensure(keyring_of(str_of(argv[1]), KEYRING_CLICK), now, &ring, &why) != RC_OK) {
		fprintf(stderr, "%s\n", buf_cstr(&why));
		return 1;
	}
	t.url = str_of(argv[2]);
	t.expiry_s = now + (argc > 3 ? strtol(argv[3], NULL, 10) : 3600);
	if (argc > 4)
		t.rcpt = str_of(argv[4]);
	if (argc > 7)
		t.message = str_of(argv[7]);
	t.doubtful = argc > 5 && strcmp(argv[5], "doubtful") == 0;
	if (count == 0)
		status = put(ring, &t);
	for (long i = 0; i < count && status == 0; i++) {
		t.url = pool_printf(pool, "%s%ld", argv[2], i);
		status = put(ring, &t);
	}
	keyring_close(&ring);
	pool_free(&pool);
	buf_clear(&why);
	return status;
}
