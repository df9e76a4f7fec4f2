/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* unpack.h - open containers that ClamAV does not open, with libarchive
 *
 * Input    hostile archives (RAR, 7z, tar, cpio, LHA, XAR, ar, gzip, xz, zstd ...)
 * Units    bytes
 * Limits   one budget for a whole message: struct unpack_budget
 * Memory   a member's content lives in a buffer that the next member reuses
 * Errors   unpack_next: RC_NONE no more members; RC_LIMIT budget used up; RC_TEMP deadline
 *          passed; RC_BAD damaged or of an unknown kind: what came before was given
 * Threads  none; worker only
 * Source   libarchive 3.6 read API
 */
#ifndef ENGINE_UNPACK_H
#define ENGINE_UNPACK_H

#include "base/limits.h"
#include "base/rc.h"
#include "base/str.h"

struct unpack_budget {
	int64_t bytes, files;		/* left for the message */
	int64_t deadline_ms;		/* monotonic */
	const struct limits *lim;
};

struct unpack_member {
	struct str name;		/* as in the archive; data, never a path to open */
	struct str content;		/* empty when encrypted */
	bool encrypted;
	bool cut;			/* the budget ended inside it */
	bool damaged;			/* content is what came before the damage */
};

struct unpack;

void unpack_budget_init(struct unpack_budget *, const struct limits *, int64_t deadline_ms);
/* Take n bytes; false when there are not so many left (they are taken all the same). */
bool unpack_budget_take(struct unpack_budget *, size_t n);

/* Never NULL; that it is no archive shows at the first member. `content` must live as long.
 * password may be NULL. */
struct unpack *unpack_open(struct str content, struct unpack_budget *, const char *password);
enum rc unpack_next(struct unpack *, struct unpack_member *) MUST_CHECK;
void unpack_close(struct unpack **);

#endif
