/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* edition.h - all that recipients are looked up in, as it was at one time
 *
 * Input    the configuration and the files it names
 * Units    none
 * Limits   none of its own
 * Memory   counted; tables that did not change are shared with the edition before
 * Errors   edition_new: RC_BAD with a line for each error
 * Threads  edition_new one at a time; the rest any
 * Source   none
 */
#ifndef RECIPIENT_EDITION_H
#define RECIPIENT_EDITION_H

#include <stdatomic.h>

#include "recipient/recipients.h"
#include "recipient/table.h"

/* A server that is asked about domains. */
struct hop {
	struct str where;		/* "host:port" */
	struct asker *asker;
};

struct hop_domain {
	struct str domain;		/* "example.org", ".example.org", "*" */
	size_t hop;
};

struct tables {
	struct table **item;
	size_t n;
};

struct edition {
	atomic_uint holders;
	struct pool *pool;
	struct recipients_conf conf;	/* with copies of all texts */
	struct tables domains, local, maps, groups;
	struct hop *hops;
	size_t n_hops;
	struct hop_domain *hop_domains;
	size_t n_hop_domains;
};

/* A configuration that outlives the snapshot it comes from. */
struct edition_conf {
	struct pool *pool;
	struct recipients_conf conf;
};
struct edition_conf *edition_conf_new(const struct recipients_conf *);
void edition_conf_free(struct edition_conf **);

/* old: the edition before, or NULL. */
enum rc edition_new(const struct recipients_conf *, const struct edition *old, struct log_ctx, struct edition **out,
    struct buf *why) MUST_CHECK;
void edition_put(struct edition **);
bool edition_changed(const struct edition *);
/* Who is asked about this domain; NULL: nobody. */
const struct hop *edition_hop(const struct edition *, const struct recipient_keys *domain);

#endif
