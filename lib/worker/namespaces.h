/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* namespaces.h - a file system, network and user of one's own, and no capabilities
 *
 * Input    the worker's folder
 * Units    bytes
 * Limits   the folder becomes memory of at most `size` bytes
 * Memory   none
 * Errors   namespaces_enter: not allowed here is noted in `missing`, RC_OK. RC_BAD when it
 *          began and could not finish: the process is in between then and must end
 * Threads  single-threaded process only
 * Source   user_namespaces(7), pivot_root(2), capabilities(7). Both the user and the group
 *          must be mapped, else every mkdir fails with EOVERFLOW and libclamav calls
 *          everything clean (measured). No pid namespace: it would concern children only,
 *          and a worker can have none
 */
#ifndef WORKER_NAMESPACES_H
#define WORKER_NAMESPACES_H

#include <stdint.h>

#include "base/buf.h"
#include "base/rc.h"

/* Try it in a child, on a folder: some kernels let a process begin and then refuse the rest. When
 * it does not work `missing` says why. */
bool namespaces_work(const char *tmp_dir, struct buf *missing);
enum rc namespaces_enter(const char *tmp_dir, int64_t size, struct buf *missing, struct buf *why) MUST_CHECK;
enum rc namespaces_drop_capabilities(struct buf *why) MUST_CHECK;

#endif
