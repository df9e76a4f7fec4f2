/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Messages from any bytes: ranges lie inside their sources and inside their parents,
 * limits hold, every view decodes. */
#include "message/mime.h"

#include <assert.h>

#include "message/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_part(const struct message *m, const struct limits *lim, size_t i)
{
	const struct mime_part *p = &m->parts[i];

	assert(p->source < m->n_sources);
	assert(p->head <= p->body && p->body <= p->end && p->end <= m->sources[p->source].bytes.n);
	assert(p->type.n > 0 && p->id.n > 0);
	assert(p->depth <= (unsigned)lim->mime_depth);
	assert((p->kind == MIME_LEAF) == (p->n_views > 0));
	if (p->parent == MIME_NO_PART)
		return;
	assert(p->parent < i);
	if (m->parts[p->parent].source == p->source)
		assert(p->head >= m->parts[p->parent].body && p->end <= m->parts[p->parent].end);
	if (m->parts[p->parent].alternative)
		assert(p->alternative);
}

static void
decode_all(struct message *m, const struct limits *lim)
{
	for (size_t i = 0; i < m->n_parts; i++)
		for (size_t v = 0; v < m->parts[i].n_views; v++) {
			const struct mime_view *view = &m->parts[i].views[v];
			struct buf space;
			struct str out;

			assert(view->skip + view->length <= mime_raw(m, &m->parts[i]).n);
			buf_init(&space, 1 << 20);
			if (mime_decode(m, lim, &m->parts[i], v, &space, &out) == RC_OK)
				assert(out.n == 0 || out.p);
			buf_clear(&space);
		}
	assert(m->decoded_bytes <= (size_t)lim->decoded_bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct message *m;

	lim.mime_depth = 6;
	lim.mime_parts = 60;
	lim.decoded_bytes = 1 << 20;
	m = mime_parse(pool, &lim, (struct str){ (const char *)data, n });
	assert(m->n_parts >= 1 && m->n_parts <= (size_t)lim.mime_parts);
	for (size_t i = 0; i < m->n_parts; i++)
		check_part(m, &lim, i);
	decode_all(m, &lim);
	pool_free(&pool);
	return 0;
}
