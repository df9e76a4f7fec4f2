/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* snapshot.h - counters of this node in a file, so that they outlive a restart
 *
 * Input    a file of ours, which may be torn, damaged or of another version
 * Units    bytes; milliseconds of wall clock
 * Limits   SNAPSHOT_BYTES of a file
 * Memory   one table at a time is built in memory; reading maps the file
 * Errors   RC_NONE: no file. RC_BAD: it is damaged and nothing was taken from it. RC_TEMP: the
 *          system refuses. `why` says which
 * Threads  one writer at a time; counters go on counting meanwhile
 * Source   layout in snapshot.c. CRC-32 finds damage; nobody else can write the folder
 */
#ifndef STORE_SNAPSHOT_H
#define STORE_SNAPSHOT_H

#include "store/memory.h"

#define SNAPSHOT_BYTES (1LL << 30)

/* Replace `path` by what `m` holds at now_ms: written beside it, synced, renamed. */
enum rc snapshot_write(struct memory *m, const char *path, int64_t now_ms, struct buf *why) MUST_CHECK;
/* Put what `path` holds into `m`; what has expired by now_ms is left out. */
enum rc snapshot_read(struct memory *m, const char *path, int64_t now_ms, struct buf *why) MUST_CHECK;
/* The same from bytes. */
enum rc snapshot_parse(struct memory *m, struct str in, int64_t now_ms, struct buf *why) MUST_CHECK;

#endif
