/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include "base/buf.h"

static void
grows(void)
{
	struct buf b;

	buf_init(&b, 1000);
	test_str((struct str){ buf_cstr(&b), 0 }, STR(""), "empty has a C string");
	buf_adds(&b, "ab");
	buf_add(&b, STR("\0c"));
	buf_printf(&b, "%d-%s", 7, "x");
	test_str(buf_str(&b), STR("ab\0c7-x"), "everything in order");
	test_int(b.p[b.n], 0, "a NUL behind the content");
	buf_reset(&b);
	test_int((int64_t)b.n, 0, "reset empties");
	buf_clear(&b);
	buf_adds(&b, "again");
	test_str(buf_str(&b), STR("again"), "usable after clear");
	buf_clear(&b);
}

static void
fills(void)
{
	struct buf b;

	buf_init(&b, 4);
	buf_adds(&b, "1234");
	test_ok(!b.full && b.n == 4, "exactly full is not too much");
	buf_addc(&b, '5');
	test_ok(b.full, "one more is");
	test_str(buf_str(&b), STR("1234"), "what did not fit is dropped");
	buf_reset(&b);
	buf_adds(&b, "12345");
	buf_adds(&b, "1");
	test_ok(b.full && b.n == 0, "sticky: nothing is added behind a gap");
	test_ok(buf_room(&b, 0) == NULL, "no room while full");
	buf_reset(&b);
	test_ok(buf_room(&b, SIZE_MAX) == NULL, "a size that would overflow");
	buf_reset(&b);
	buf_printf(&b, "%s", "12345");
	test_ok(b.full && b.n == 0, "formatted text fits as a whole or not at all");
	buf_clear(&b);
	test_ok(!b.full && b.max == 4, "clear keeps the maximum");
}

int
main(void)
{
	grows();
	fills();
	return test_done();
}
