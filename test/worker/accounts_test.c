/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/accounts.h"

#include "test.h"

static struct pool *pool;

static struct yara_rule_stat
stat_of(const char *rule, const char *file, uint64_t hits, uint64_t us)
{
	return (struct yara_rule_stat){ str_of(rule), str_of(file), STR("d"), CLASS_SPAM, 1, hits, us };
}

static void
test_delta(void)
{
	struct accounts *a = accounts_new();
	struct yara_rule_stat now[] = { stat_of("A", "x", 1, 10), stat_of("A", "y", 0, 0) };
	const struct yara_rule_stat *d;

	test_int((int64_t)accounts_delta(a, pool, now, 2, &d), 2, "at first every rule");
	test_int((int64_t)accounts_delta(a, pool, now, 2, &d), 0, "then only what changed");
	now[1].us = 7;
	test_int((int64_t)accounts_delta(a, pool, now, 2, &d), 1, "one rule changed");
	test_str(d[0].file, STR("y"), "the same name in another file is another rule");
	test_int((int64_t)d[0].us, 7, "its difference");
	now[1].us = 9;
	accounts_delta(a, pool, now, 2, &d);
	test_int((int64_t)d[0].us, 2, "and the next one");
	accounts_free(&a);
	test_ok(a == NULL, "freed");
}

static void
test_sums(void)
{
	struct accounts *a = accounts_new();
	struct yara_rule_stat first[] = { stat_of("A", "x", 1, 10), stat_of("B", "x", 2, 20) };
	struct yara_rule_stat second[] = { stat_of("B", "x", 3, 30), stat_of("C", "x", 0, 0) };
	const struct yara_rule_stat *list;
	size_t n;

	accounts_add(a, first, 2, 1);
	accounts_add(a, first, 2, 1);
	n = accounts_list(a, 1, pool, &list);
	test_int((int64_t)n, 2, "two rules");
	for (size_t i = 0; i < n; i++)
		test_int((int64_t)list[i].hits, str_eq(list[i].rule, STR("A")) ? 2 : 4, "hits of two workers");
	second[0].description = STR("new words");
	accounts_add(a, second, 2, 2);
	n = accounts_list(a, 2, pool, &list);
	test_int((int64_t)n, 2, "the next engines have other rules");
	for (size_t i = 0; i < n; i++) {
		test_int((int64_t)list[i].hits, str_eq(list[i].rule, STR("B")) ? 7 : 0, "what stays keeps its sum");
		test_str(list[i].description, str_eq(list[i].rule, STR("B")) ? STR("new words") : STR("d"),
		    "and takes new words");
	}
	accounts_free(&a);
}

static void
test_limit(void)
{
	struct accounts *a = accounts_new();
	const struct yara_rule_stat *list;
	struct yara_rule_stat s;

	for (int i = 0; i < ACCOUNTS_RULES + 10; i++) {
		s = stat_of(pool_printf(pool, "r%d", i).p, "f", 1, 1);
		accounts_add(a, &s, 1, 1);
	}
	test_int((int64_t)accounts_list(a, 1, pool, &list), ACCOUNTS_RULES, "no more rules than the limit");
	accounts_free(&a);
}

int
main(void)
{
	pool = pool_new(0);
	test_delta();
	test_sums();
	test_limit();
	pool_free(&pool);
	return test_done();
}
