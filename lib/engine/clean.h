/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* clean.h - what this worker has found clean before
 *
 * Input    SHA-256 of content
 * Units    entries
 * Limits   the number given to clean_new; older ones make room
 * Memory   one table per worker, never shared: a worker that was taken over by a message
 *          can only fool itself until it is replaced
 * Errors   none
 * Threads  none
 * Source   none
 *
 * Only content that ClamAV proved clean and complete, and that has no layers, is kept, so
 * that nothing has to be remembered but the digest. The table dies with the worker, and
 * the worker with its engines, so an entry never outlives the signatures it speaks of.
 */
#ifndef ENGINE_CLEAN_H
#define ENGINE_CLEAN_H

#include <stdbool.h>

#include "base/hash.h"

struct clean;

struct clean *clean_new(int64_t entries);	/* NULL for 0: nothing is remembered */
void clean_free(struct clean **);
bool clean_has(const struct clean *, const unsigned char digest[HASH_SHA256_BYTES]);
void clean_add(struct clean *, const unsigned char digest[HASH_SHA256_BYTES]);

#endif
