/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* snapshot.h - what a configuration snapshot is made of; for lib/conf only
 *
 * Input    none
 * Units    none
 * Limits   none
 * Memory   everything lives in `pool`
 * Errors   none
 * Threads  `refs` is atomic, nothing else changes once conf_parse returned
 * Source   conf.h
 */
#ifndef CONF_SNAPSHOT_H
#define CONF_SNAPSHOT_H

#include <stdatomic.h>

#include "base/vec.h"
#include "conf/conf.h"
#include "conf/files.h"

/* One option of the snapshot and what became of it. */
struct conf_item {
	struct str key;			/* prefix and name */
	const struct opt_table *table;
	const struct opt *opt;
	void *field;
	struct str text;		/* as written, $keys expanded */
	const char *file;		/* where it was set; NULL: default */
	size_t line;
	bool from_base;
};

struct conf {
	atomic_int refs;
	struct pool *pool;
	const struct opt_table *const *tables;
	void **values;			/* one struct for each table */
	struct conf_item *items;
	size_t n_items;
	struct vec files;		/* struct conf_file: what the values name */
};

struct conf_item *conf_find(const struct conf *, struct str key);

#endif
