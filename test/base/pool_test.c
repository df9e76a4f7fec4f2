/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include <stdalign.h>

#include "base/pool.h"
#include "base/vec.h"

static int order[4];
static int ran;

static void
note(void *arg)
{
	order[ran++] = *(int *)arg;
}

static void
allocates(void)
{
	struct pool *p = pool_new(0);
	bool zero = true, aligned = true;

	for (size_t n = 1; n < 5000; n += 37) {
		const unsigned char *m = pool_alloc(p, n);

		aligned = aligned && (uintptr_t)m % alignof(max_align_t) == 0;
		for (size_t i = 0; i < n; i++)
			zero = zero && m[i] == 0;
		memset((void *)(uintptr_t)m, 0xff, n);
	}
	test_ok(zero, "zeroed");
	test_ok(aligned, "aligned");
	test_ok(pool_used(p) > 5000, "counted");
	pool_clear(p);
	test_int((int64_t)pool_used(p), 0, "cleared");
	for (int i = 0; i < 100 && zero; i++) {
		const unsigned char *m = pool_alloc(p, 100);

		for (size_t k = 0; k < 100; k++)
			zero = zero && m[k] == 0;
	}
	test_ok(zero, "zeroed again after reuse");
	pool_free(&p);
	test_ok(p == NULL, "free takes the pointer");
}

static void
limits(void)
{
	struct pool *p = pool_new(10000);

	test_ok(pool_try(p, 6000) != NULL, "under the limit");
	test_ok(pool_try(p, 6000) == NULL, "over it");
	test_ok(pool_try(p, SIZE_MAX) == NULL, "a size that would overflow");
	test_ok(pool_alloc(p, 6000) != NULL, "bounded sizes are not refused");
	pool_clear(p);
	test_ok(pool_try(p, 6000) != NULL, "again after clear");
	pool_free(&p);
}

static void
texts(void)
{
	struct pool *p = pool_new(0);
	struct str s = pool_str(p, STR("a\0b"));

	test_str(s, STR("a\0b"), "a copy");
	test_int(s.p[3], 0, "with a NUL behind");
	test_str(pool_lower(p, STR("MiXeD \xc3\x84")), STR("mixed \xc3\x84"), "ASCII lower case");
	test_str(pool_printf(p, "%d/%s", 3, "x"), STR("3/x"), "formatted");
	test_str(str_of(pool_cstr(p, STR("abc"))), STR("abc"), "as a C string");
	test_str(pool_str(p, STR_NONE), STR(""), "of nothing");
	pool_free(&p);
}

static void
cleanups(void)
{
	struct pool *p = pool_new(0);
	int one = 1, two = 2, three = 3;

	pool_cleanup(p, note, &one);
	pool_cleanup(p, note, &two);
	pool_clear(p);
	test_ok(ran == 2 && order[0] == 2 && order[1] == 1, "last added first");
	pool_cleanup(p, note, &three);
	pool_free(&p);
	test_ok(ran == 3 && order[2] == 3, "once each, also on free");
}

static void
vectors(void)
{
	struct pool *p = pool_new(0);
	struct vec v = { 0 };
	bool same = true;

	for (int i = 0; i < 1000; i++)
		*(int *)vec_push(p, &v, sizeof(int)) = i;
	for (int i = 0; i < 1000; i++)
		same = same && ((int *)v.items)[i] == i;
	test_ok(same && v.n == 1000, "elements survive growing");
	test_int(*(int *)vec_push(p, &v, sizeof(int)), 0, "a new element is zero");
	pool_free(&p);
}

/* covers: lib/base/vec.c */
int
main(void)
{
	allocates();
	limits();
	texts();
	cleanups();
	vectors();
	return test_done();
}
