/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* unpack.h - open containers that ClamAV does not open, with libarchive
 *
 * Input    hostile archives (RAR, 7z, ISO, CAB, tar, cpio, LHA, XAR, zip, gzip, xz ...)
 * Units    bytes
 * Limits   one budget for a whole message: struct unpack_budget
 * Memory   a member's content lives in a buffer that the next member reuses
 * Errors   unpack: RC_NONE not an archive; RC_LIMIT budget used up; RC_BAD damaged: the
 *          members before the damage were given; RC_OK all were given
 * Threads  none; worker only
 * Source   libarchive 3.6 read API
 */
#ifndef ENGINE_UNPACK_H
#define ENGINE_UNPACK_H

#include "base/limits.h"
#include "scan/scan.h"

struct unpack_budget {
	int64_t bytes, files;		/* left */
	int64_t in_bytes, out_bytes;	/* so far, for the ratio */
	int64_t deadline_ms;		/* monotonic */
	const struct limits *lim;
};

struct unpack_member {
	struct str name;		/* as in the archive; data, never a path to open */
	struct str content;		/* empty when encrypted */
	bool encrypted;
	bool cut;			/* the budget ended inside it */
};

void unpack_budget_init(struct unpack_budget *, const struct limits *, int64_t deadline_ms);
bool unpack_can(struct str content);	/* does libarchive know this format? */
enum rc unpack(struct str content, struct unpack_budget *,
    void (*member)(void *arg, const struct unpack_member *), void *arg) MUST_CHECK;

#endif
