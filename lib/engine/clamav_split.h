/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* clamav_split.h - which signatures need the mail around a part, as files of their own
 *
 * Input    signature databases of the operator, .cvd and .cld included
 * Units    none
 * Limits   CLAMAV_SPLIT_LINE bytes per signature line; longer ones are copied as a whole
 * Memory   files in `dir`, which the caller made and removes
 * Errors   RC_TEMP: a file cannot be read or written. A malformed line is no concern here:
 *          the engine with all signatures has refused it already
 * Threads  none
 * Source   ClamAV documentation, "Signatures": .ndb, .ldb, .cdb, .pdb and .wdb
 *
 * A signature needs the mail when it is for mail files (target 4), asks for a mail as
 * container, checks the names of attachments (.cdb), is for any file but speaks of header
 * fields, or belongs to the phishing check, which only libclamav's mail parser runs.
 */
#ifndef ENGINE_CLAMAV_SPLIT_H
#define ENGINE_CLAMAV_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"

enum { CLAMAV_SPLIT_LINE = 1024 * 1024 };

/* How deep the mail engine must look for these signatures. */
enum clamav_depth {
	CLAMAV_DEPTH_RAW,	/* the message as it is */
	CLAMAV_DEPTH_PARTS,	/* its parts */
	CLAMAV_DEPTH_ALL	/* everything inside */
};

struct clamav_split {
	const char *dir;		/* where the filtered copies go */
	uint64_t signatures;		/* how many went there */
	unsigned files;			/* how many files were made; part of their names */
	enum clamav_depth depth;
};

/* Look through one database and write what needs the mail to split->dir. */
enum rc clamav_split_file(struct clamav_split *, const char *path) MUST_CHECK;

/* Remove the folder and the files in it. */
void clamav_split_remove(const char *dir);

/* For tests: does this line of a database with that extension need the mail? */
bool clamav_split_line(struct str extension, struct str line, enum clamav_depth *);

#endif
