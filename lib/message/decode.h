/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* decode.h - undo transfer encodings, the way clients do
 *
 * Input    encoded bytes; anything
 * Units    bytes
 * Limits   `out->max`; what does not fit is cut and out->full is set
 * Memory   appends to the caller's buf
 * Errors   none: junk is skipped or ends the data as the variant says; defect bits
 *          (BASE64_*, QP_JUNK, UU_BAD) are OR-ed into *defects
 * Threads  reentrant
 * Source   RFC 2045 6.7 and 6.8; POSIX uuencode; yEnc draft 1.3; RFC 1741 (BinHex)
 */
#ifndef MESSAGE_DECODE_H
#define MESSAGE_DECODE_H

#include "base/buf.h"
#include "message/mime.h"

/* how: MIME_LENIENT, MIME_STOP, MIME_PAD_IS_A or MIME_RESYNC of struct mime_view */
void decode_base64(struct str in, int how, struct buf *out, uint64_t *defects);
void decode_qp(struct str in, struct buf *out, uint64_t *defects);
void decode_uu(struct str in, struct buf *out, uint64_t *defects);	/* from its begin line on */
void decode_yenc(struct str in, struct buf *out, uint64_t *defects);	/* from its =ybegin line on */
/* The data fork of a BinHex block, from its first line on; `name` gets the file's name, as a
 * C string in whatever charset, and may be NULL. */
enum { DECODE_BINHEX_NAME = 64 };
void decode_binhex(struct str in, struct buf *out, char *name, uint64_t *defects);
void decode_percent(struct str in, struct buf *out);			/* %XX, others as they are */

/* The next uuencode, yEnc or BinHex block in text, searched from `from`. */
struct decode_block {
	enum { DECODE_UU, DECODE_YENC, DECODE_BINHEX } kind;
	size_t off, end;	/* from its first line to behind its last */
	struct str name;	/* borrowed from the input; may be empty */
};
bool decode_find_block(struct str text, size_t from, struct decode_block *out);

/* Does `in` look like lines of base64? For bodies that do not say what they are. */
bool decode_looks_base64(struct str in);

#endif
