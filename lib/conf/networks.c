/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "conf/networks.h"

#include "conf/value.h"

enum rc
networks_parse(struct pool *pool, struct str value, void *field, struct buf *why)
{
	struct opt_list words = value_list(pool, value);
	struct ip_net *nets = pool_alloc(pool, words.n * sizeof(*nets));

	for (size_t i = 0; i < words.n; i++) {
		if (ip_net_parse(words.item[i], &nets[i]))
			continue;
		buf_printf(why, "'%.*s' is no network, such as 192.0.2.0/24 or 2001:db8::/32", STR_ARG(words.item[i]));
		return RC_BAD;
	}
	*(struct networks *)field = (struct networks){ nets, words.n };
	return RC_OK;
}

bool
networks_have(const struct networks *list, const struct ip *ip)
{
	for (size_t i = 0; i < list->n; i++)
		if (ip_in(ip, &list->item[i]))
			return true;
	return false;
}
