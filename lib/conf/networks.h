/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* networks.h - an option that is a list of networks
 *
 * Input    "192.0.2.0/24, 2001:db8::/32, 198.51.100.7": text of the operator
 * Units    none
 * Limits   none of its own; a list of thousands belongs into a feed
 * Memory   the list lives in the pool of the configuration
 * Errors   networks_parse: RC_BAD, `why` names the first word that is no network
 * Threads  reentrant
 * Source   opt.h, OPT_CUSTOM
 */
#ifndef CONF_NETWORKS_H
#define CONF_NETWORKS_H

#include "base/ip.h"
#include "conf/opt.h"

struct networks {
	const struct ip_net *item;
	size_t n;
};

/* For rows of type OPT_CUSTOM whose field is a struct networks. */
enum rc networks_parse(struct pool *, struct str value, void *field, struct buf *why);
bool networks_have(const struct networks *, const struct ip *);

#endif
