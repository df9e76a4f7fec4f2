/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* bodies_pack.h - one message as zstd, with a checksum of its content
 *
 * Input    pack: a message of ours. unpack: what a store gave back, which may be damaged
 * Units    bytes; deadlines are monotonic milliseconds
 * Limits   unpack: never more bytes than the beginning tells
 * Memory   unpack: *fd is the caller's, a sealed memory file at its beginning
 * Errors   pack: RC_TEMP (disk full, late, the source is shorter). unpack: RC_BAD damaged or cut
 * Threads  reentrant
 * Source   RFC 8878
 */
#ifndef STORE_BODIES_PACK_H
#define STORE_BODIES_PACK_H

#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"

/* The first `size` bytes of `from`, read without moving its position, to the end of `to`. */
enum rc bodies_pack(int from, uint64_t size, int level, int to, int64_t deadline_ms) MUST_CHECK;
enum rc bodies_unpack(struct str packed, int *fd, uint64_t *size) MUST_CHECK;

#endif
