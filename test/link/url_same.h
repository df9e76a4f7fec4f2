/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* url_same.h - the short way of url_parse against the whole one
 *
 * Input    any bytes
 * Units    none
 * Limits   URL_BYTES
 * Memory   pool
 * Errors   none
 * Threads  reentrant
 * Source   none
 */
#ifndef TEST_LINK_URL_SAME_H
#define TEST_LINK_URL_SAME_H

#include "link/url_in.h"

static inline bool
url_same(const struct url *a, const struct url *b)
{
	return str_eq(a->href, b->href) && str_eq(a->scheme, b->scheme) && str_eq(a->userinfo, b->userinfo) &&
	    str_eq(a->host, b->host) && a->port == b->port && str_eq(a->path, b->path) && str_eq(a->query, b->query) &&
	    str_eq(a->fragment, b->fragment) && a->host_kind == b->host_kind && a->has_query == b->has_query &&
	    a->has_fragment == b->has_fragment && a->opaque_path == b->opaque_path && a->tricks == b->tricks;
}

/* False: both ways take it and read it differently. *taken: the short way took it. */
static inline bool
url_ways_agree(struct pool *pool, struct str in, const struct url *base, bool *taken)
{
	struct url plain, any;

	*taken = in.n <= URL_BYTES && url_plain(pool, in, &plain);
	return !*taken || (url_any(pool, in, base, &any) == RC_OK && url_same(&plain, &any));
}

#endif
