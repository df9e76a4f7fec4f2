/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "web/burst.h"

#include "test.h"

enum { MAX = 50, SPAN = 5000, T0 = 1000000 };

int
main(void)
{
	struct burst *b = burst_new();
	int64_t held = 0;

	for (int i = 0; i < MAX; i++)
		held += burst_hold(b, STR("one"), MAX, SPAN, T0 + i);
	test_int(held, 0, "as many as may be");
	test_int(burst_hold(b, STR("one"), MAX, SPAN, T0 + MAX), SPAN, "one more is held");
	test_int(burst_hold(b, STR("two"), MAX, SPAN, T0 + MAX), 0, "another link is not");
	test_int(burst_hold(b, STR("one"), MAX, SPAN, T0 + 4999), SPAN, "still held, and from now on again");
	test_int(burst_hold(b, STR("one"), MAX, SPAN, T0 + 4999 + SPAN - 1), SPAN, "who goes on stays held");
	test_int(burst_hold(b, STR("one"), MAX, SPAN, T0 + 4999 + SPAN - 1 + SPAN), 0, "after a rest it passes");
	held = 0;
	for (int i = 0; i < 10 * MAX; i++)
		held += burst_hold(b, STR("slow"), MAX, SPAN, T0 + i * 200);
	test_int(held, 0, "25 in five seconds are never held");
	for (int i = 0; i < 200000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%d", i);
		held += burst_hold(b, str_of(name), MAX, SPAN, T0 + i / 100);
	}
	test_int(held, 0, "more links than there is room for: none is held for another");
	burst_free(&b);
	return test_done();
}
