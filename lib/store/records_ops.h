/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* records_ops.h - what a backend of records.h is
 *
 * Input    as records.h
 * Units    milliseconds
 * Limits   conf->deadline_ms of a call: a store that hangs is one that is down
 * Memory   as records.h
 * Errors   RC_TEMP: it is down or full; nothing of the item was stored
 * Threads  write is called by one thread at a time; the others by any
 * Source   one struct for each backend
 */
#ifndef STORE_RECORDS_OPS_H
#define STORE_RECORDS_OPS_H

#include "store/records.h"

/* What is to be written: one of both. */
struct records_item {
	const struct record *record;
	const struct record_event *event;
	enum rc rc;			/* RC_OK it is durable, RC_TEMP it is not, RC_BAD the store will never take it */
};

struct records_ops {
	const char *name;
	enum rc (*open)(const struct records_conf *, struct str state_dir, enum records_use, struct log_ctx, void **store,
	    struct buf *why);
	void (*close)(void *store);
	/* All of them with as few waits for the disk as possible; what is there already is well. */
	void (*write)(void *store, struct records_item *, size_t n);
	/* Between two writes, at least every RECORDS_KEEP_MS, by another thread of a gate; or NULL. */
	void (*keep)(void *store);
	enum rc (*get)(void *store, struct pool *, struct str id, struct record *out, struct vec *events);
	enum rc (*find)(void *store, const struct records_query *, bool (*each)(void *, const struct record *), void *arg);
	enum rc (*entries)(void *store, const struct entries_query *, bool (*each)(void *, const struct entry *), void *arg);
	enum rc (*move)(void *store, const struct records_step *, size_t *moved);
	enum rc (*sums)(void *store, enum records_column, int64_t since_ms, int64_t until_ms,
	    void (*each)(void *, const struct records_sum *), void *arg);
	enum rc (*page)(void *store, struct pool *, const struct records_range *, struct vec *out);
	enum rc (*lines)(void *store, struct pool *, const struct records_range *, struct vec *out);
	enum rc (*settle)(void *store, size_t *n);
	enum rc (*purge)(void *store, int64_t before_ms, size_t *weeks);
};

enum { RECORDS_KEEP_MS = 500 };

extern const struct records_ops records_sqlite, records_pg;

#endif
