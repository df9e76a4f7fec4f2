/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* backup.h - ledger, quarantine and state as one archive, and back from it
 *
 * Input    stores that are in use meanwhile; archives of anybody's making
 * Units    bytes, milliseconds
 * Limits   those of tarball.h
 * Memory   a page of records and one message at a time
 * Errors   RC_TEMP: a store or the disk refuses. RC_BAD: the archive is damaged, or not of ours; nothing of it was
 *          believed. `why` says it in one line
 * Threads  one
 * Source   tarball.h; record_json.h. A message is in the archive before the record that keeps it. Restoring the same
 *          twice, or into a store that knows more, changes nothing that the store knows better (merge.h)
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/bodies.h"
#include "store/merge.h"

enum { BACKUP_FORMAT = 1 };

struct backup_count {
	struct merge_count merge;	/* records and events */
	uint64_t bodies, files;		/* in the archive */
	uint64_t new_bodies, new_files;	/* that were not there */
	uint64_t other_files;		/* of which there is another one, which stays */
	uint64_t lost;			/* messages that should be kept, and are missing or damaged in the store */
};

struct backup {
	struct records *records;
	struct bodies *bodies;
	struct str state_dir;
	struct str node, version;	/* for the manifest */
	bool keys;			/* writing: those of state_dir as well */
	bool replace;			/* restoring: files of state_dir that are others */
	void (*each)(void *arg, const struct backup_count *);	/* now and then; or NULL */
	void (*other)(void *arg, struct str file);		/* a file that stays; or NULL */
	void *arg;
};

enum rc backup_write(const struct backup *, int fd, struct backup_count *, struct buf *why) MUST_CHECK;

/* What the manifest says. */
struct backup_manifest {
	int64_t time_ms;
	char node[256], version[64];
	bool keys;
};
/* Read it to the end. Of the stores nothing is needed. */
enum rc backup_check(int fd, struct backup_manifest *, struct backup_count *, struct buf *why) MUST_CHECK;
/* fd: of a file; it was checked. */
enum rc backup_restore(const struct backup *, int fd, struct backup_count *, struct buf *why) MUST_CHECK;

#endif
