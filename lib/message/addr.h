/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* addr.h - read the address lists of From, To, Cc, Reply-To
 *
 * Input    one field value, folded or not; any bytes, may contain NUL
 * Units    nesting in levels
 * Limits   lim->addresses mailboxes, lim->comment_nest; the rest is cut, LIMIT_ADDRESSES is set
 * Memory   list and text live in `pool`; slices may point into `in`
 * Errors   none: bad syntax gives the best reading and defect bits
 * Threads  reentrant
 * Source   RFC 5322 3.4 and 4.4; RFC 6532 3.2
 */
#ifndef MESSAGE_ADDR_H
#define MESSAGE_ADDR_H

#include "base/limits.h"
#include "base/pool.h"
#include "base/str.h"

struct addr {
	struct str name;	/* display name, decoded to UTF-8, may be empty */
	struct str local;	/* local part, unquoted */
	struct str domain;	/* as written, without trailing dot; may be empty */
	struct str text;	/* local@domain */
};

struct addr_list {
	const struct addr *item;
	size_t n;
};

struct addr_list addr_parse(struct pool *, const struct limits *, struct str in, uint64_t *defects);

#endif
