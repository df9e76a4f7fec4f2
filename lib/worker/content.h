/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* content.h - the bytes of a message behind a descriptor, safe from changes by others
 *
 * Input    a sealed memory file, or any other file
 * Units    bytes
 * Limits   the file's size
 * Memory   content_open maps or copies; content_close lets go. `copy` is kept for reuse
 *          up to CONTENT_KEEP bytes
 * Errors   RC_TEMP: cannot be read
 * Threads  none
 * Source   fcntl(2) F_GET_SEALS: only a file that can neither shrink nor change may be
 *          mapped, else a reader can get SIGBUS or see bytes change under it
 */
#ifndef WORKER_CONTENT_H
#define WORKER_CONTENT_H

#include "base/rc.h"
#include "base/str.h"

enum { CONTENT_KEEP = 256 * 1024 };	/* smaller ones are copied: cheaper than a mapping */

struct content {
	struct str bytes;
	struct str map;
	char *copy;
	size_t cap;
};

enum rc content_open(struct content *, int fd) MUST_CHECK;
void content_close(struct content *);

#endif
