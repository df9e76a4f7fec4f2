/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Replace the leaf that the first byte chooses: where edit_strip agrees, everything else
 * stays and the notice is read at its place. */
#include "message/edit_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct edit_strip strip = { .notice = STR("--removed: =?x\nFrom here \xe9\x96\xa2\xe5\xae\x88") };
	const struct edit_header *headers;
	struct message *m;
	size_t n_headers;
	struct buf out;

	buf_init(&out, 1 << 20);
	if (n > 1) {
		m = mime_parse(pool, &lim, (struct str){ (const char *)data + 1, n - 1 });
		strip.part = data[0] % m->n_parts;
		if (edit_message(pool, m, &(struct edit){ .strips = &strip, .n_strips = 1 }, &out, &headers, &n_headers) == RC_OK) {
			const char *bad = edit_check(pool, &lim, m, strip.part, strip.notice, buf_str(&out),
			    headers, n_headers);

			if (bad) {
				fprintf(stderr, "%s\n", bad);
				abort();
			}
		}
	}
	buf_clear(&out);
	pool_free(&pool);
	return 0;
}
