/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Requests of the control socket: whatever is understood is understood again after writing. */
#include <stdlib.h>

#include "gate/control_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
same(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pool *pool = pool_new(0);
	struct control_request req, again;
	struct buf why, text;

	buf_init(&why, 10000);
	buf_init(&text, 16 * CONTROL_REQUEST_BYTES);
	if (control_get_request(pool, (struct str){ (const char *)data, n }, &req, &why) == RC_OK) {
		control_put_request(&text, &req);
		same(text.n > CONTROL_REQUEST_BYTES ||
		    control_get_request(pool, buf_str(&text), &again, &why) == RC_OK);
		if (req.verb == CONTROL_SCAN && text.n <= CONTROL_REQUEST_BYTES) {
			same(str_eq(req.session.mail_from, again.session.mail_from));
			same(req.session.n_rcpts == again.session.n_rcpts);
		}
	} else {
		same(why.n > 0);
	}
	buf_clear(&why);
	buf_clear(&text);
	pool_free(&pool);
	return 0;
}
