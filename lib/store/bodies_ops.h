/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* bodies_ops.h - what a backend of bodies.h is
 *
 * Input    as bodies.h; keys were looked at: letters, digits, '-', '_'
 * Units    as bodies.h
 * Limits   as bodies.h
 * Memory   as bodies.h
 * Errors   as bodies.h
 * Threads  any
 * Source   one struct for each backend
 */
#ifndef STORE_BODIES_OPS_H
#define STORE_BODIES_OPS_H

#include "store/bodies.h"

struct bodies_ops {
	const char *name;
	enum rc (*open)(const struct bodies_conf *, struct str state_dir, struct log_ctx, void **store, struct buf *why);
	void (*close)(void *store);
	enum rc (*put)(void *store, const char *key, int fd, uint64_t size, int64_t deadline_ms);
	enum rc (*get)(void *store, const char *key, int *fd, uint64_t *size);
	enum rc (*delete)(void *store, const char *key);
	enum rc (*each)(void *store, bool (*each)(void *, struct str, int64_t, uint64_t), void *arg);
};

extern const struct bodies_ops bodies_files, bodies_s3;

#endif
