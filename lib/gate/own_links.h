/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* own_links.h - links of our own click gate that come back, in answers and forwarded mail
 *
 * Input    URLs of a worker's report; any bytes
 * Units    seconds since 1970 UTC
 * Limits   UNWRAP_DEPTH layers of ours and of other vendors
 * Memory   pool
 * Errors   none: what is not ours, or forged, stays as it is. A token that is too old still says where it led
 * Threads  reentrant
 * Source   click/token.h
 *
 * Only the gate has the keys. A worker sees no more than the URL; what checks of the worker see in URLs is looked for
 * once more, here, in those that stand behind our own.
 */
#ifndef GATE_OWN_LINKS_H
#define GATE_OWN_LINKS_H

#include "click/keyring.h"
#include "conf/conf.h"
#include "link/known_hosts.h"
#include "scan/scan.h"

struct own_links {
	struct pool *pool;
	const struct keyring *keys;	/* NULL: no link is ours */
	struct str prefix;		/* click/ours.h */
	const struct known_hosts *known;
	int64_t now_s;
};

void own_links_init(struct own_links *, struct pool *, const struct conf *, const struct keyring *, int64_t now_s);

/* Is it ours, or does another vendor's wrapper lead to ours? was: the URL in whose place ours came. */
bool own_links_read(const struct own_links *, struct str url, struct str *was);

/* In a report: url and host become the innermost behind ours, and check_link looks at those as well. Returns how many. */
size_t own_links_open(const struct own_links *, const struct scan *, const struct conf *, struct report *);

#endif
