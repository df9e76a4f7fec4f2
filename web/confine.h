/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* confine.h - what sekimori-web can do no more once it listens
 *
 * Input    folders
 * Units    none
 * Limits   none
 * Memory   none
 * Errors   a kernel without Landlock is noted in `missing`, RC_OK. RC_BAD: it has it, and refuses
 * Threads  before there are any
 * Source   landlock(7), seccomp(2). It needs the network, DNS and TLS libraries and threads, so that a list of what
 *          is allowed would be most of what there is: refused is what nothing here ever needs, such as starting
 *          programs, tracing, mounting, kernel modules. No file can be written but below state_dir
 */
#ifndef WEB_CONFINE_H
#define WEB_CONFINE_H

#include "base/buf.h"
#include "base/rc.h"

/* writes: the one folder. reads: further ones, ended by NULL; what does not exist is left out. */
enum rc confine(const char *writes, const char *const *reads, struct buf *missing, struct buf *why) MUST_CHECK;

#endif
