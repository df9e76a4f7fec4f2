/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* tnef.h - the attachments inside Outlook's winmail.dat
 *
 * Input    the bytes of an application/ms-tnef part; anything
 * Units    bytes
 * Limits   lim->unpack_files attachments; data is borrowed, never larger than the input
 * Memory   the list lives in `pool`, data borrows from `in`
 * Errors   none: what can be read is given, TNEF_BAD is set when it ends early or a
 *          checksum is wrong
 * Threads  reentrant
 * Source   [MS-OXTNEF] 2.1
 */
#ifndef MESSAGE_TNEF_H
#define MESSAGE_TNEF_H

#include "base/limits.h"
#include "base/pool.h"
#include "base/str.h"

struct tnef_item {
	struct str name;	/* as UTF-8, may be empty */
	struct str data;	/* content of an attachment, an embedded message, or a body */
	bool is_body;		/* the message text (plain, HTML or compressed RTF) */
};

bool tnef_is(struct str in);
size_t tnef_read(struct pool *, const struct limits *, struct str in,
    const struct tnef_item **items, uint64_t *defects);

#endif
