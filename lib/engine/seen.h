/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* seen.h - which contents of this message were met before
 *
 * Input    digests; report parts by index
 * Units    none
 * Limits   lim->layers entries; more are forgotten, and looked at again
 * Memory   in the message's pool
 * Errors   none
 * Threads  none
 * Source   none
 */
#ifndef ENGINE_SEEN_H
#define ENGINE_SEEN_H

#include "scan/report.h"

struct seen;

struct seen *seen_new(struct pool *, size_t max);
void seen_add(struct seen *, const struct report *, size_t part, size_t leaf);
/* Was content with this digest met inside that leaf (SIZE_MAX: anywhere), under that name? */
bool seen_has(const struct seen *, const struct report *, const unsigned char digest[HASH_SHA256_BYTES],
    size_t leaf, struct str name);

#endif
