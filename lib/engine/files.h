/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* files.h - the rule and database files that a list of folders and files names
 *
 * Input    paths of the operator; those that do not exist are left out
 * Units    none
 * Limits   FILES_MAX files in all; folders are read one level deep
 * Memory   results live in the given pool
 * Errors   none: what cannot be read is found by whoever opens it
 * Threads  reentrant
 * Source   none
 */
#ifndef ENGINE_FILES_H
#define ENGINE_FILES_H

#include "base/pool.h"
#include "conf/opt.h"

enum { FILES_MAX = 20000 };

struct file {
	const char *path;
	const char *name;		/* last component of path */
	uint64_t size, inode;
	int64_t mtime_ns;
};

/* Files whose extension is in `extensions` (ended by NULL), in the order of `paths`, those of
 * a folder sorted by name. A path that is a file itself is taken whatever it is called. */
size_t files_find(struct pool *, struct opt_list paths, const char *const *extensions, const struct file **out);

/* A text that changes whenever a file comes, goes or changes. */
struct str files_fingerprint(struct pool *, const struct file *, size_t n);

#endif
