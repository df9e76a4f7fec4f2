/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "conf/networks.h"

#include "test.h"

static void
lists(void)
{
	static const struct { const char *list, *ip, *want; } cases[] = {
		{ "192.0.2.0/24, 2001:db8::/32", "192.0.2.7", "in" },
		{ "192.0.2.0/24, 2001:db8::/32", "2001:db8::7", "in" },
		{ "192.0.2.0/24, 2001:db8::/32", "192.0.3.7", "out" },
		{ "192.0.2.0/24, 2001:db8::/32", "::ffff:192.0.2.7", "in" },
		{ "198.51.100.7", "198.51.100.7", "in" },
		{ "198.51.100.7", "198.51.100.8", "out" },
		{ "", "192.0.2.7", "out" },
		{ "192.0.2.0/24 mail.example", "192.0.2.7",
		    "'mail.example' is no network, such as 192.0.2.0/24 or 2001:db8::/32" },
		{ "192.0.2.0/33", "192.0.2.7",
		    "'192.0.2.0/33' is no network, such as 192.0.2.0/24 or 2001:db8::/32" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pool *pool = pool_new(0);
		struct networks list;
		struct buf got;
		struct ip ip;

		buf_init(&got, 1000);
		if (networks_parse(pool, str_of(cases[i].list), &list, &got) == RC_OK)
			buf_adds(&got, ip_parse(str_of(cases[i].ip), &ip) && networks_have(&list, &ip) ? "in" : "out");
		test_str(buf_str(&got), str_of(cases[i].want), cases[i].list);
		buf_clear(&got);
		pool_free(&pool);
	}
}

int
main(void)
{
	lists();
	return test_done();
}
