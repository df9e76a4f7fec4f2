/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* read.h - tables that are read as a whole: plain lists and those that Postfix makes
 *
 * Input    files of the operator
 * Units    bytes
 * Limits   READ_FILE bytes of a text; entries as the keys say; READ_ERRORS messages of one file
 * Memory   none kept
 * Errors   RC_BAD with a line `file:line: reason` for each error; RC_TEMP: somebody is writing the table
 * Threads  reentrant
 * Source   postmap(1) for the text format, DATABASE_README; locks of writers are those of fcntl(2), as
 *          Postfix has them on Linux
 *
 * Reading all of it at once needs no lock while mail is served, and a table that is being replaced,
 * or replaced by rubbish, harms nobody.
 */
#ifndef RECIPIENT_READ_H
#define RECIPIENT_READ_H

#include "base/buf.h"
#include "recipient/keys.h"

enum { READ_ERRORS = 50 };
#define READ_FILE ((size_t)1 << 30)

enum rc read_list(const char *path, struct keys *, struct buf *why) MUST_CHECK;		/* one key a line */
enum rc read_texthash(const char *path, struct keys *, struct buf *why) MUST_CHECK;	/* postmap's input */
enum rc read_aliases(const char *path, struct keys *, struct buf *why) MUST_CHECK;	/* aliases(5) */
enum rc read_cdb(const char *path, struct keys *, struct buf *why) MUST_CHECK;
enum rc read_lmdb(const char *path, struct keys *, struct buf *why) MUST_CHECK;
enum rc read_db(const char *path, struct keys *, struct buf *why) MUST_CHECK;		/* Berkeley DB: hash and btree */

/* What keys_add says, in words; false: reading cannot go on. `where`: "file:3" or "file". */
bool read_add(struct keys *, struct str key, struct str value, const char *where, struct buf *why, enum rc *rc);

#endif
