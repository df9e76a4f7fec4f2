/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "history/places.h"

#include "test.h"

#define HOUR (3600 * 1000LL)
#define START (1700000000LL * 1000)

static const struct places_conf conf = { .young_ms = 24 * HOUR, .warm_up_ms = 7 * 24 * HOUR, .keep_ms = 30 * 24 * HOUR };

static void
drop(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg, (void)level, (void)line, (void)n;
}

static void
learn(struct counters *c, int64_t hours, const char *domain)
{
	struct places_entry p = { .domain = str_of(domain) };

	places_learn(c, &conf, START + hours * HOUR, &p, 1);
}

static bool
is_new(struct counters *c, int64_t hours, const char *domain)
{
	struct places_entry p = { .domain = str_of(domain) };

	return places_look(c, &conf, START + hours * HOUR, &p, 1) == 1 && p.is_new;
}

static void
life(struct counters *c)
{
	test_ok(!is_new(c, 0, "a.example"), "nothing was seen: nothing is new");
	learn(c, 0, "a.example");
	test_ok(!is_new(c, 100, "b.example"), "not before it has been warming up");
	test_ok(is_new(c, 7 * 24, "b.example"), "then what was never seen is");
	test_ok(is_new(c, 7 * 24, "b.example"), "and stays so: looking teaches nothing");
	test_ok(!is_new(c, 7 * 24, "a.example"), "not what was seen long before");
	learn(c, 200, "b.example");
	test_ok(is_new(c, 223, "b.example"), "new for a day");
	test_ok(!is_new(c, 224, "b.example"), "no longer");
	learn(c, 600, "a.example");
	test_ok(!is_new(c, 601, "a.example"), "kept after the last time");
	test_ok(is_new(c, 200 + 31 * 24, "b.example"), "forgotten after a while");
	test_ok(!is_new(c, 600 + 31 * 24, "a.example"), "when all is forgotten, it warms up again");
}

static void
many(struct counters *c)
{
	struct places_entry p[PLACES];
	struct pool *pool = pool_new(0);
	size_t new;

	learn(c, 0, "first.example");
	for (int i = 0; i < PLACES; i++)
		p[i] = (struct places_entry){ .domain = pool_printf(pool, "p%d.example", i) };
	places_learn(c, &conf, START + 200 * HOUR, p, PLACES / 2);
	new = places_look(c, &conf, START + 300 * HOUR, p, PLACES);
	test_int((int64_t)new, PLACES - PLACES / 2, "as many as one message may have");
	test_int(p[0].age_ms, 100 * HOUR, "how old");
	test_int(p[PLACES - 1].age_ms, -1, "never");
	test_int((int64_t)places_look(c, &conf, START + 300 * HOUR, p, PLACES + 1), (int64_t)new, "no more than that");
	test_int((int64_t)places_look(NULL, &conf, START, p, PLACES), 0, "no counters: nothing is new");
	pool_free(&pool);
}

int
main(void)
{
	static const struct log log = { .write = drop, .level = LOG_LEVEL_ERR };
	struct counters_conf cc = { .backend = COUNTERS_MEMORY, .entries_max = 10000, .snapshot_ms = 60000 };

	for (int i = 0; i < 2; i++) {
		struct counters *c = NULL;
		struct buf why;

		buf_init(&why, 1000);
		if (test_ok(counters_new(&cc, STR_NONE, (struct log_ctx){ &log, "-" }, &c, &why) == RC_OK, "counters"))
			(i ? many : life)(c);
		counters_free(&c);
		buf_clear(&why);
	}
	return test_done();
}
