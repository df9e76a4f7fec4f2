/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* edit.h - take parts out of a message or change what is in them, the rest byte for byte as it was
 *
 * Input    a parsed message and the leaves to replace or to change (of the main reading, source 0)
 * Units    bytes
 * Limits   out->max
 * Memory   appends to the caller's buf; headers live in `pool`
 * Errors   edit_message: RC_NONE when a part cannot be replaced without touching others
 *          (alternative reading, inside a decoded part, signed, a field of the top header
 *          that would have to change stands there twice): policy holds it then.
 *          RC_LIMIT when `out` is full
 * Threads  reentrant
 * Source   RFC 2046; the notice is text/plain, UTF-8, quoted-printable where needed
 */
#ifndef MESSAGE_EDIT_H
#define MESSAGE_EDIT_H

#include "message/edit_leaf.h"
#include "message/mime.h"

struct edit_strip {
	size_t part;		/* index into msg->parts */
	struct str notice;	/* what stands there instead, UTF-8 */
};

/* A field of the top header that changes with it; value empty: the field goes away. */
struct edit_header {
	struct str name, value;
};

/* A part that is taken out is not changed as well. */
struct edit {
	const struct edit_strip *strips;
	size_t n_strips;
	const struct edit_body *bodies;
	size_t n_bodies;
};

/* EDIT_SEALED: signed or encrypted, so that no byte of it may change. EDIT_CANNOT: another reading,
 * decoded from something else, or in a message that clients cut up in different ways. */
enum edit_may { EDIT_MAY, EDIT_SEALED, EDIT_CANNOT };
enum edit_may edit_may(const struct message *, size_t part);

/* The new body of the message (behind the top header) to `out`. */
enum rc edit_message(struct pool *, const struct message *, const struct edit *, struct buf *out,
    const struct edit_header **headers, size_t *n_headers) MUST_CHECK;

/* The top header with its empty line as an MTA makes it of these changes: the first field of a
 * name gets the value or goes, and what is not there is added at the end. */
void edit_head(const struct message *, const struct edit_header *, size_t n, struct buf *out);

#endif
