/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* tarball.h - the archive of a backup: a tar, packed with zstd, that knows whether it is whole
 *
 * Input    reading: a file of anybody's making
 * Units    bytes; milliseconds since 1970
 * Limits   TARBALL_* bytes of one entry, by its kind; TARBALL_NAME of its name
 * Memory   an entry is borrowed until the next call; tarball_close
 * Errors   RC_TEMP: the file cannot be written or read. RC_BAD: it is damaged, cut, or no archive of ours: `why`
 * Threads  one
 * Source   pax(1); RFC 8878. Each entry carries its SHA-256 as the extended attribute user.sha256, and end.json, the last,
 *          a SHA-256 over the names and sums of all before it: what is changed, missing or added is found
 *
 *     manifest.json           first: what this is, its version, of when
 *     state/NAME              a file of state_dir
 *     records/NNNNNN.jsonl    lines of record_json.h
 *     bodies/KEY.eml          a message, byte for byte
 *     end.json                last
 */
#ifndef STORE_TARBALL_H
#define STORE_TARBALL_H

#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

enum tarball_kind { TARBALL_MANIFEST, TARBALL_STATE, TARBALL_RECORDS, TARBALL_BODY, TARBALL_END, TARBALL_KINDS };

enum {
	TARBALL_NAME = 200,
	TARBALL_NOTE = 64 * 1024,		/* manifest.json, end.json */
	TARBALL_LINES = 256 * 1024 * 1024,	/* records/ */
	TARBALL_FILE = 1024 * 1024 * 1024	/* state/, bodies/ */
};

struct tarball_entry {
	enum tarball_kind kind;
	struct str name;		/* without the folder of its kind and the ending: "keys/click", "000001", a key */
	struct str content;
	int fd;				/* reading: of the content */
	int64_t time_ms;
};

struct tarball;

enum rc tarball_create(int fd, struct tarball **out, struct buf *why) MUST_CHECK;
enum rc tarball_add(struct tarball *, const struct tarball_entry *, struct buf *why) MUST_CHECK;
/* Adds end.json, and writes out what waits. */
enum rc tarball_finish(struct tarball *, struct buf *why) MUST_CHECK;

enum rc tarball_open(int fd, struct tarball **out, struct buf *why) MUST_CHECK;
/* RC_NONE: the end, and nothing was missing. */
enum rc tarball_next(struct tarball *, struct tarball_entry *out, struct buf *why) MUST_CHECK;

void tarball_close(struct tarball **);

#endif
