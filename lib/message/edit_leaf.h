/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* edit_leaf.h - change some bytes of a part within its transfer encoding
 *
 * Input    a leaf of a parsed message, its content as mime_decode gave it (main view), ranges of that
 * Units    bytes
 * Limits   lines of EDIT_LINE bytes (RFC 5322 2.1.1), of EDIT_QP_LINE in quoted-printable
 * Memory   in the pool; a body that does not fit into it is RC_LIMIT
 * Errors   RC_NONE: the encoding is not one that everybody reads the same way, nothing may be changed
 * Threads  one owner of the message
 * Source   RFC 2045 6.7 and 6.8
 *
 * 7bit, 8bit and binary: only the bytes of the ranges differ; when that makes a line too long, the
 * part becomes quoted-printable. quoted-printable: only the lines concerned differ. base64: it is
 * written anew from the group of the first change on, in lines as long as before. The result is proved
 * by decoding it.
 */
#ifndef MESSAGE_EDIT_LEAF_H
#define MESSAGE_EDIT_LEAF_H

#include "message/edit_range.h"
#include "message/mime.h"

enum { EDIT_LINE = 998, EDIT_QP_LINE = 76 };

struct edit_body {
	size_t part;		/* index into msg->parts */
	struct str body;	/* encoded, in place of the part's */
	bool qp;		/* its Content-Transfer-Encoding becomes quoted-printable */
};

enum rc edit_leaf(struct pool *, const struct message *, size_t part, struct str content, const struct vec *ranges,
    struct edit_body *out) MUST_CHECK;

/* Text as quoted-printable from the start of a line on; line ends of the text become `eol`. */
void edit_qp(struct buf *out, struct str text, struct str eol);
/* The line ends that the message uses. */
struct str edit_line_end(const struct message *);

#endif
