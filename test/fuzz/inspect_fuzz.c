/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as a message that is inspected with all that is ours: readings, texts, layers in
 * layers. ClamAV and YARA are off, and so is libarchive, whose RAR readers crash (see
 * unpack_fuzz.c). What the report says of parts and layers fits together. */
#include <assert.h>

#include "conf/limits_opts.h"
#include "engine/engine_in.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { LAYERS = 60, DEPTH = 4, BYTES = 1 << 20 };

static void
check(const struct report *r)
{
	size_t layers = 0;

	for (size_t i = 0; i < r->parts.n; i++) {
		const struct report_part *p = report_part_at(r, i);

		assert(p->id.n > 0 && (p->parent == REPORT_NO_PART || p->parent < i));
		layers += p->layer;
	}
	assert(layers <= LAYERS);
	for (size_t i = 0; i < r->unscanned.n; i++) {
		const struct unscanned *u = report_unscanned_at(r, i);

		assert(u->part == REPORT_NO_PART || u->part < r->parts.n);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct limits lim;
	struct engine_conf conf = { .unpack = false };
	struct engine e = { .conf = &conf };
	struct pool *pool = pool_new(0);
	struct session session = { .mail_from = STR_NONE };
	struct report r;
	struct scan scan = { .pool = pool, .lim = &lim, .phase = PHASE_MESSAGE, .session = &session };

	limits_default(&lim);
	lim.layers = LAYERS;
	lim.unpack_depth = DEPTH;
	lim.decoded_bytes = lim.unpack_bytes = BYTES;
	lim.mime_parts = 100;
	buf_init(&e.decoded, BYTES);
	buf_init(&e.utf8, BYTES);
	buf_init(&e.visible, BYTES);
	report_init(&r, pool, &lim);
	scan.msg = mime_parse(pool, &lim, (struct str){ (const char *)data, n });
	engine_inspect(&e, &scan, &r);
	check(&r);
	buf_clear(&e.decoded);
	buf_clear(&e.utf8);
	buf_clear(&e.visible);
	pool_free(&pool);
	return 0;
}
