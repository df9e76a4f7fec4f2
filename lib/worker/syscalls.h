/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* syscalls.h - only the system calls that reading a message needs
 *
 * Input    none
 * Units    none
 * Limits   the list in syscalls.c
 * Memory   none that stays
 * Errors   RC_BAD with `why`: the filter cannot be built or loaded
 * Threads  applies to the calling thread, which must be the only one
 * Source   seccomp(2); the list was measured, see syscalls.c. A call that no parser makes
 *          ends the process at once. Any other call that is not on the list ends it, too,
 *          after its number was written to stderr: it may be a library's new habit
 */
#ifndef WORKER_SYSCALLS_H
#define WORKER_SYSCALLS_H

#include "base/buf.h"
#include "base/rc.h"

enum rc syscalls_restrict(struct buf *why) MUST_CHECK;
/* For who fetches: no other program, no process, no rights, no listening; the network stays. */
enum rc syscalls_restrict_asking(struct buf *why) MUST_CHECK;

#endif
