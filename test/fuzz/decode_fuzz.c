/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Transfer encodings: output never grows over its bound, blocks lie in the text and move
 * on, and what was decoded in pieces is what was decoded as a whole. */
#include "message/decode.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
base64(struct str in, struct buf *out)
{
	static const int ways[] = { MIME_LENIENT, MIME_STOP, MIME_PAD_IS_A, MIME_RESYNC };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		uint64_t defects = 0;

		buf_reset(out);
		decode_base64(in, ways[i], out, &defects);
		assert(out->n <= in.n / 4 * 3 + 3);
	}
}

/* A line break between two bytes carries no meaning in base64. */
static void
broken_lines(struct str in, struct buf *out)
{
	struct buf lines, again;
	uint64_t defects = 0, defects_again = 0;

	buf_init(&lines, 2 * in.n + 1);
	buf_init(&again, out->max);
	for (size_t i = 0; i < in.n; i++) {
		buf_addc(&lines, in.p[i]);
		if (i % 5 == 1)
			buf_addc(&lines, '\n');
	}
	buf_reset(out);
	decode_base64(in, MIME_LENIENT, out, &defects);
	decode_base64(buf_str(&lines), MIME_LENIENT, &again, &defects_again);
	assert(str_eq(buf_str(out), buf_str(&again)) && defects == defects_again);
	buf_clear(&lines);
	buf_clear(&again);
}

static void
blocks(struct str in, struct buf *out)
{
	struct decode_block b;

	for (size_t at = 0; decode_find_block(in, at, &b); at = b.end) {
		struct str block = str_sub(in, b.off, b.end - b.off);
		uint64_t defects = 0;

		assert(b.off >= at && b.end > b.off && b.end <= in.n);
		assert(!b.name.n || (b.name.p >= in.p && b.name.p + b.name.n <= in.p + in.n));
		buf_reset(out);
		switch (b.kind) {
		case DECODE_UU: decode_uu(block, out, &defects); break;
		case DECODE_YENC: decode_yenc(block, out, &defects); break;
		case DECODE_BINHEX: decode_binhex(block, out, NULL, &defects); break;
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };
	struct buf out;
	uint64_t defects = 0;

	buf_init(&out, 1 << 20);
	base64(in, &out);
	broken_lines(in, &out);
	blocks(in, &out);
	buf_reset(&out);
	decode_qp(in, &out, &defects);
	assert(out.n <= n);
	buf_reset(&out);
	decode_percent(in, &out);
	assert(out.n <= n);
	buf_reset(&out);
	decode_uu(in, &out, &defects);
	decode_yenc(in, &out, &defects);
	decode_binhex(in, &out, NULL, &defects);
	decode_looks_base64(in);
	buf_clear(&out);
	buf_init(&out, 7);
	decode_base64(in, MIME_LENIENT, &out, &defects);
	assert(out.n <= 7);
	buf_clear(&out);
	return 0;
}
