/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Replies of a hostile server: whatever the pieces, the reading is the same, and within its limits. */
#include <stdlib.h>

#include "net/smtp_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool
same(const struct smtp_reply *a, const struct smtp_reply *b)
{
	return a->state == b->state && a->code == b->code && a->class == b->class && a->subject == b->subject &&
	    a->detail == b->detail && a->smtputf8 == b->smtputf8 && a->lines == b->lines;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct smtp_reply whole, pieces;
	size_t used, total = 0;

	smtp_reply_init(&whole);
	smtp_reply_init(&pieces);
	used = smtp_reply_feed(&whole, in);
	for (size_t step = 1; total < n && pieces.state == SMTP_MORE; step = step % 7 + 1)
		total += smtp_reply_feed(&pieces, str_sub(in, total, step));
	if (used > n || used != total || !same(&whole, &pieces) || whole.n > SMTP_LINE || whole.lines > SMTP_LINES + 1)
		abort();
	if (whole.state == SMTP_WHOLE && (whole.code < 200 || whole.code > 599))
		abort();
	return 0;
}
