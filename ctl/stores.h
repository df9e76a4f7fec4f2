/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* stores.h - ledger and messages of a configuration as they are, for those who carry them elsewhere
 *
 * Input    a configuration
 * Units    none
 * Limits   none
 * Memory   stores_close; borrows the configuration
 * Errors   said on stderr; exit statuses of sysexits(3)
 * Threads  one: what root does here is done as who owns state_dir, as long as they are open
 * Source   memory.h is for verbs that work with what is remembered: it makes keys where there are none, and a restore
 *          must not find those
 */
#ifndef CTL_STORES_H
#define CTL_STORES_H

#include "conf/conf.h"
#include "store/bodies.h"
#include "store/records.h"

struct stores {
	const struct conf *conf;
	struct str state_dir;
	struct records *records;
	struct bodies *bodies;
	bool changed;			/* root became somebody else */
};

int stores_open(const struct conf *, struct stores *out);
void stores_close(struct stores *);
/* Do both name the same ledger, the same place for messages? */
bool stores_same_records(const struct stores *, const struct stores *);
bool stores_same_bodies(const struct stores *, const struct stores *);

#endif
