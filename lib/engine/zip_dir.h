/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* zip_dir.h - what a ZIP says of itself, and whether all of that agrees
 *
 * Input    hostile ZIP files
 * Units    bytes
 * Limits   ZIP_ENTRIES entries are compared
 * Memory   names borrow from the content; the list lives in the given pool
 * Errors   none: what does not agree makes it crooked
 * Threads  reentrant
 * Source   PKWARE APPNOTE 6.3.10: 4.3.7 local header, 4.3.12 central directory, 4.3.16 end
 *
 * Readers disagree about a ZIP whose parts disagree: some trust the directory, some the
 * local headers, some the first end record, some the last. Such a file is crooked, and is
 * read once more by its local headers (dig_zip.c).
 */
#ifndef ENGINE_ZIP_DIR_H
#define ENGINE_ZIP_DIR_H

#include "base/pool.h"
#include "base/str.h"

enum { ZIP_ENTRIES = 65536, ZIP_LOCAL_BYTES = 30 };
enum { ZIP_ENCRYPTED = 1 << 0, ZIP_DESCRIPTOR = 1 << 3, ZIP_STORED = 0, ZIP_DEFLATED = 8, ZIP_AES = 99 };

struct zip_local {
	struct str name;
	unsigned flags, method, mtime;
	uint32_t crc;
	uint64_t packed;		/* as its header says */
	size_t data;			/* offset of the content */
};

struct zip_central {
	struct str name;
	unsigned flags, method;
	uint32_t crc;
	uint64_t packed;
	size_t local;			/* offset of the local header */
};

bool zip_is(struct str content);
/* The same, or one with anything in front of it. */
bool zip_is_any(struct str content);
/* Does it end with the end record and its comment? */
bool zip_is_end(struct str content);
/* The local header at `off`. */
bool zip_local_at(struct str content, size_t off, struct zip_local *out);
/* Entries of the last central directory in the order of their local headers; returns how
 * many, at most ZIP_ENTRIES. */
size_t zip_central_read(struct pool *, struct str content, const struct zip_central **out);
/* The entry of that list whose local header is at `off`, or NULL. */
const struct zip_central *zip_central_at(const struct zip_central *, size_t n, size_t off);
/* How many entries there are room for in the last central directory. */
size_t zip_central_room(struct str content);
/* One end record, at the end, and a directory that agrees with every local header? What stands
 * in front of the archive holds none. */
bool zip_is_straight(struct str content);

#endif
