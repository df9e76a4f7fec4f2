/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* tmpdir.h - one private folder for each worker, and its removal
 *
 * Input    the parent folder of the configuration; folders that a worker which may have
 *          been taken over has filled
 * Units    none
 * Limits   none: what a dead worker left is removed, however much or deep it is
 * Memory   `path` is the caller's
 * Errors   RC_TEMP: the folder cannot be made; why says which and why
 * Threads  none: zygote only
 * Source   flock(2) marks a zygote's folder as in use, so that the next one can tell
 *          what a killed one left behind
 */
#ifndef WORKER_TMPDIR_H
#define WORKER_TMPDIR_H

#include <limits.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

struct tmpdir {
	char path[PATH_MAX / 2];	/* of this zygote: PARENT/sekimori-XXXXXX */
	int fd;				/* holds the lock */
};

/* Remove what dead zygotes left in `parent`, make and lock a folder of our own there. */
enum rc tmpdir_open(struct tmpdir *, struct str parent, struct buf *why) MUST_CHECK;
void tmpdir_close(struct tmpdir *);

/* A folder for a worker; made again when somebody removed its parent. */
enum rc tmpdir_make(struct tmpdir *, struct str parent, uint32_t number, char path[PATH_MAX],
    struct buf *why) MUST_CHECK;
/* Remove it with everything in it. No link is followed. */
enum rc tmpdir_remove(const struct tmpdir *, uint32_t number) MUST_CHECK;

#endif
