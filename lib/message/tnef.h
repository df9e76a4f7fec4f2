/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* tnef.h - the attachments inside Outlook's winmail.dat
 *
 * Input    the bytes of an application/ms-tnef part; anything
 * Units    bytes
 * Limits   lim->unpack_files items, lim->mime_depth embedded messages within each other,
 *          lim->decoded_bytes for a decompressed body; over them TNEF_BAD is set
 * Memory   the list, names and converted bodies live in `pool`, other data borrows from `in`
 * Errors   none: what can be read is given, TNEF_BAD is set when it ends early or a
 *          checksum is wrong
 * Threads  reentrant
 * Source   [MS-OXTNEF] 2.1, [MS-OXRTFCP] 2.1 and 3.1 (compressed RTF), [MS-OXPROPS]
 */
#ifndef MESSAGE_TNEF_H
#define MESSAGE_TNEF_H

#include "base/limits.h"
#include "base/pool.h"
#include "base/str.h"

struct tnef_item {
	struct str name;	/* as UTF-8, may be empty */
	struct str data;	/* content of an attachment or a body, also those of embedded messages */
	bool is_body;		/* the message text: plain (UTF-8), HTML or RTF */
};

bool tnef_is(struct str in);
size_t tnef_read(struct pool *, const struct limits *, struct str in,
    const struct tnef_item **items, uint64_t *defects);

/* Compressed RTF as Outlook keeps it; empty with TNEF_BAD when it is none. */
struct str tnef_rtf(struct pool *, struct str in, size_t max, uint64_t *defects);

#endif
