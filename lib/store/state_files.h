/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* state_files.h - what of state_dir belongs into a backup: all but what is kept or made otherwise
 *
 * Input    a folder that programs write to meanwhile; names from archives of anybody's making
 * Units    milliseconds since 1970
 * Limits   STATE_NAME bytes of a name, STATE_DEPTH folders
 * Memory   content is borrowed until the callback returns
 * Errors   RC_TEMP: the folder cannot be read or written, `why`
 * Threads  one
 * Source   regular files only: links, sockets and what has an unusual name are left out. The ledger's records and the
 *          bodies are not here, they come out of their stores, but for what waits for a store that is down
 */
#ifndef STORE_STATE_FILES_H
#define STORE_STATE_FILES_H

#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

enum { STATE_NAME = 180, STATE_DEPTH = 3 };

/* May a file below state_dir have this name, and does it belong into a backup? */
bool state_file_name(struct str name);
bool state_file_is_key(struct str name);

/* each: anything but RC_OK ends it, and is returned. */
struct state_file {
	struct str name, content;
	int64_t time_ms;
};
enum rc state_files_each(struct str state_dir, enum rc (*each)(void *arg, const struct state_file *), void *arg,
    struct buf *why) MUST_CHECK;

/* Write one, with the folders above it. RC_NONE: there is one with other content, which stays unless `replace`. */
enum rc state_file_put(struct str state_dir, const struct state_file *, bool replace, struct buf *why) MUST_CHECK;

#endif
