/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any body: the digests agree with a form made byte by byte, the slow and plain way. */
#include <assert.h>
#include <string.h>

#include "auth/canon.h"
#include "base/ascii.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static size_t
eol_at(struct str in, size_t i, bool lf)
{
	if (i + 1 < in.n && in.p[i] == '\r' && in.p[i + 1] == '\n')
		return 2;
	return lf && in.p[i] == '\n' ? 1 : 0;
}

static void
plain_form(struct str in, enum canon how, bool lf, struct buf *out)
{
	for (size_t i = 0; i < in.n; ) {
		size_t eol = eol_at(in, i, lf);

		if (eol) {
			while (how == CANON_RELAXED && out->n && out->p[out->n - 1] == ' ')
				out->n--;
			buf_adds(out, "\r\n");
			i += eol;
		} else if (how == CANON_RELAXED && ascii_is_wsp((unsigned char)in.p[i])) {
			if (out->n == 0 || out->p[out->n - 1] != ' ')
				buf_addc(out, ' ');
			i++;
		} else {
			buf_addc(out, in.p[i++]);
		}
	}
	while (how == CANON_RELAXED && out->n && out->p[out->n - 1] == ' ')
		out->n--;
	while (out->n >= 2 && memcmp(out->p + out->n - 2, "\r\n", 2) == 0)
		out->n -= 2;
	if (out->n || how == CANON_SIMPLE)
		buf_adds(out, "\r\n");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	for (unsigned i = 0; i < 4; i++) {
		struct str in = { (const char *)data, n };
		struct canon_digest d[2] = { { .length = CANON_ALL }, { .length = n / 2 } };
		unsigned char want[HASH_SHA256_BYTES];
		struct buf b;

		buf_init(&b, 2 * n + 16);
		plain_form(in, i & 1 ? CANON_RELAXED : CANON_SIMPLE, i & 2, &b);
		assert(canon_body(in, i & 1 ? CANON_RELAXED : CANON_SIMPLE, i & 2, d, 2) == b.n);
		hash_sha256(buf_str(&b), want);
		assert(memcmp(want, d[0].digest, sizeof(want)) == 0);
		hash_sha256(str_upto(buf_str(&b), n / 2), want);
		assert(memcmp(want, d[1].digest, sizeof(want)) == 0);
		assert(d[1].reached == (b.n >= n / 2));
		buf_clear(&b);
	}
	return 0;
}
