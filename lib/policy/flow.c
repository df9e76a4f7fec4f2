/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "policy/flow.h"

struct str
flow_client(struct pool *pool, const struct flow_policy *p, const struct ip *ip)
{
	unsigned bits = (unsigned)(ip->bits == 32 ? p->bits4 : p->bits6);
	struct ip net = { .bits = ip->bits };

	for (unsigned i = 0; i < bits; i++)
		net.b[i / 8] = (unsigned char)(net.b[i / 8] | (ip->b[i / 8] & (0x80 >> i % 8)));
	return pool_printf(pool, "%.*s/%u", STR_ARG(ip_text(pool, &net)), bits);
}
