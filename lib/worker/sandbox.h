/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* sandbox.h - close the room around a process that reads hostile bytes
 *
 * Input    the one folder it may write to, the descriptors it keeps
 * Units    bytes
 * Limits   memory_max (RLIMIT_AS above what is mapped now), tmp_max (RLIMIT_FSIZE)
 * Memory   none
 * Errors   RC_BAD with `why` when a layer that must hold cannot be closed; layers that
 *          this kernel lacks are named in `missing`, and the worker goes on without them
 * Threads  none: call it in a single-threaded process
 * Source   seccomp(2), landlock(7), capabilities(7), user_namespaces(7)
 */
#ifndef WORKER_SANDBOX_H
#define WORKER_SANDBOX_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/rc.h"

struct sandbox {
	const char *tmp_dir;
	int64_t memory_max, tmp_max;
	bool namespaces;
};

/* Order: namespaces, rlimits, no_new_privs, not dumpable, Landlock, seccomp. */
enum rc sandbox_enter(const struct sandbox *, struct buf *missing, struct buf *why) MUST_CHECK;
/* A room with a door: for who asks other machines and reads what they answer. tmp_dir and namespaces
 * do not count; no file can be written, and read only what libc needs for names and certificates, and
 * `reads`, SANDBOX_READS at most. */
enum { SANDBOX_READS = 4 };
enum rc sandbox_ask(const struct sandbox *, const char *const *reads, size_t n, struct buf *missing,
    struct buf *why) MUST_CHECK;
/* For who reads nothing of strangers itself, and starts those who do: it writes only below one folder,
 * runs no other program, waits for no connection. */
enum rc sandbox_write_below(const char *folder, struct buf *missing, struct buf *why) MUST_CHECK;
/* Close every descriptor but those listed (ascending order not needed). */
void sandbox_close_fds(const int *keep, size_t n);

#endif
