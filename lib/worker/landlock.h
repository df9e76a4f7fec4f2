/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* landlock.h - no file but those below one folder, or a few that are only read
 *
 * Input    the folder; the paths
 * Units    none
 * Limits   none
 * Memory   none
 * Errors   a kernel without Landlock is noted in `missing`, RC_OK. RC_BAD when the kernel
 *          has it and it could not be closed
 * Threads  applies to the calling thread
 * Source   landlock(7). Rights by the kernel's ABI: 1 (5.13) files, 2 (5.19) rename across
 *          folders, 3 (6.2) truncate, 4 (6.7) TCP, 5 (6.10) device ioctl, 6 (6.12) signals and
 *          abstract sockets
 */
#ifndef WORKER_LANDLOCK_H
#define WORKER_LANDLOCK_H

#include "base/buf.h"
#include "base/rc.h"

enum rc landlock_enter(const char *folder, struct buf *missing, struct buf *why) MUST_CHECK;
/* Files and what is below folders; a path that does not exist is left out. Written is only below `folder`
 * (NULL: nowhere). TCP connections can be made, but none be waited for. */
enum rc landlock_enter_reading(const char *const *paths, size_t n, const char *folder, struct buf *missing,
    struct buf *why) MUST_CHECK;

#endif
