/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "history/places.h"

/* One operation for each place, and the last for when it all began. */
static void
run(struct counters *counters, const struct places_conf *c, int64_t now_ms, const struct places_entry *p, size_t n,
    int64_t add, struct counter_op *op)
{
	for (size_t i = 0; i < n; i++)
		op[i] = (struct counter_op){ .type = COUNT_MARK, .kind = "history/link", .name = p[i].domain,
		    .window_ms = c->keep_ms, .add = add };
	op[n] = (struct counter_op){ .type = COUNT_MARK, .kind = "history/links", .name = STR("begin"),
	    .window_ms = c->keep_ms, .add = add };
	counters_run(counters, now_ms, op, n + 1);
}

size_t
places_look(struct counters *counters, const struct places_conf *c, int64_t now_ms, struct places_entry *p, size_t n)
{
	struct counter_op op[PLACES + 1];
	size_t found = 0;
	bool warm;

	n = n < PLACES ? n : PLACES;
	run(counters, c, now_ms, p, n, 0, op);
	warm = op[n].first_ms && now_ms - op[n].first_ms >= c->warm_up_ms;
	for (size_t i = 0; i < n; i++) {
		p[i].age_ms = op[i].first_ms ? now_ms - op[i].first_ms : -1;
		p[i].is_new = warm && p[i].age_ms < c->young_ms;
		found += p[i].is_new;
	}
	return found;
}

void
places_learn(struct counters *counters, const struct places_conf *c, int64_t now_ms, const struct places_entry *p, size_t n)
{
	struct counter_op op[PLACES + 1];

	run(counters, c, now_ms, p, n < PLACES ? n : PLACES, 1, op);
}
