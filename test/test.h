/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* test.h - the whole framework: cases print TAP, a failing one shows got and want
 *
 * Input    none
 * Units    none
 * Limits   none
 * Memory   none kept
 * Errors   test_done() is the exit status: 0 when every case held
 * Threads  one
 * Source   TAP (Test Anything Protocol) 12
 */
#ifndef TEST_TEST_H
#define TEST_TEST_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static int test_ran, test_failed;

__attribute__((unused)) static bool
test_ok(bool ok, const char *name)
{
	test_ran++;
	test_failed += !ok;
	printf("%sok %d - %s\n", ok ? "" : "not ", test_ran, name);
	return ok;
}

__attribute__((unused)) static void
test_show(const char *label, struct str s)
{
	printf("#   %s \"", label);
	for (size_t i = 0; i < s.n && i < 2000; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
			putchar(c);
		else
			printf("\\x%02x", c);
	}
	printf("\" (%zu bytes)\n", s.n);
}

__attribute__((unused)) static bool
test_str(struct str got, struct str want, const char *name)
{
	if (test_ok(str_eq(got, want), name))
		return true;
	test_show("got ", got);
	test_show("want", want);
	return false;
}

__attribute__((unused)) static bool
test_int(int64_t got, int64_t want, const char *name)
{
	if (test_ok(got == want, name))
		return true;
	printf("#   got %" PRId64 ", want %" PRId64 "\n", got, want);
	return false;
}

/* Something this machine lacks: said, counted, not failed. */
__attribute__((unused)) static void
test_skip(const char *name, const char *why)
{
	test_ran++;
	printf("ok %d - %s # SKIP %s\n", test_ran, name, why);
}

__attribute__((unused)) static int
test_done(void)
{
	printf("1..%d\n", test_ran);
	return test_failed != 0 || test_ran == 0;
}

#endif
