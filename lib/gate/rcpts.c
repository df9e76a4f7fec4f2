/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/rcpts.h"

#include "gate/pipeline.h"

void
rcpts_init(struct rcpts *r, struct pool *pool, const struct limits *lim)
{
	report_init(&r->found, pool, lim);
}

void
rcpts_take(struct rcpts *r, const struct report *own)
{
	pipeline_join(&r->found, own);
}

static size_t
how_many(const struct report *r, const struct finding_def *def)
{
	size_t n = 0;

	for (size_t i = 0; i < r->findings.n; i++)
		n += report_finding(r, i)->def == def;
	return n;
}

void
rcpts_join(struct rcpts *r, size_t n, struct report *message)
{
	struct finding *all = r->found.findings.items;
	const struct finding_def *last = NULL;
	bool counts = true;

	for (size_t i = 0; i < r->found.findings.n; i++) {
		if (!all[i].def->alone)
			continue;
		if (all[i].def != last)		/* mostly the same one: it is counted once */
			counts = how_many(&r->found, all[i].def) >= n;
		last = all[i].def;
		if (!counts)
			all[i].score = 0;
	}
	pipeline_join(message, &r->found);
}
