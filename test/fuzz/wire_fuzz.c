/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What a worker sends. The first byte picks the reader. What is taken must be written back to the
 * same bytes: a reader that took more, or less, than it understood would fail here. */
#include <stdlib.h>
#include <string.h>

#include "worker/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
same(struct buf *b, struct str in)
{
	if (!str_eq(buf_str(b), in))
		abort();
}

static void
report(struct pool *pool, const struct limits *lim, struct str in, struct buf *out)
{
	struct report r;

	if (wire_get_report(pool, lim, in, &r) != RC_OK)
		return;
	for (size_t i = 0; i < r.parts.n; i++)
		if (report_part_at(&r, i)->parent != REPORT_NO_PART && report_part_at(&r, i)->parent >= i)
			abort();
	for (size_t i = 0; i < r.findings.n; i++)
		if (!report_finding(&r, i)->def || report_finding(&r, i)->class >= CLASS_N)
			abort();
	wire_put_report(out, &r);
	same(out, in);
}

static void
edited(struct pool *pool, struct str in, struct buf *out)
{
	struct wire_edited e;

	if (wire_get_edited(pool, in, &e) != RC_OK)
		return;
	wire_put_edited(out, &e);
	same(out, in);
}

static void
job(struct pool *pool, struct str in, struct buf *out)
{
	struct wire_job j;

	if (wire_get_job(pool, in, &j) != RC_OK)
		return;
	wire_put_job(out, &j);
	same(out, in);
}

static void
edit_job(struct pool *pool, struct str in, struct buf *out)
{
	struct wire_edit_job j;

	if (wire_get_edit_job(pool, in, &j) != RC_OK)
		return;
	wire_put_edit_job(out, &j);
	same(out, in);
}

static void
stats(struct pool *pool, struct str in, struct buf *out)
{
	const struct yara_rule_stat *s;
	size_t n;

	if (wire_get_stats(pool, in, &s, &n) != RC_OK)
		return;
	wire_put_stats(out, s, n);
	same(out, in);
}

static void
info(struct pool *pool, struct str in, struct buf *out)
{
	struct wire_info i;

	if (wire_get_info(pool, in, &i) != RC_OK)
		return;
	wire_put_info(out, &i.engine, i.missing);
	same(out, in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data + 1, size - 1 };
	struct limits lim;
	struct pool *pool;
	struct buf out;

	if (size == 0)
		return 0;
	limits_default(&lim);
	pool = pool_new(0);
	buf_init(&out, 64 << 20);
	switch (data[0] % 6) {
	case 0: report(pool, &lim, in, &out); break;
	case 1: edited(pool, in, &out); break;
	case 2: job(pool, in, &out); break;
	case 3: edit_job(pool, in, &out); break;
	case 4: stats(pool, in, &out); break;
	case 5: info(pool, in, &out); break;
	}
	buf_clear(&out);
	pool_free(&pool);
	return 0;
}
