/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* header.h - read header fields, their parameters and their encoded words
 *
 * Input    a header block or one field value; any bytes
 * Units    bytes
 * Limits   lim->header_bytes, header_fields, params, comment_nest, name_bytes
 * Memory   results live in `pool`; slices may point into the input
 * Errors   none: best reading and defect bits, which are OR-ed into *defects
 * Threads  reentrant
 * Source   RFC 5322 2.2 and 3.2, RFC 2045 5.1, RFC 2047, RFC 2183, RFC 2231
 */
#ifndef MESSAGE_HEADER_H
#define MESSAGE_HEADER_H

#include "base/limits.h"
#include "base/pool.h"
#include "message/mime.h"

/* Readings of a header block in which clients differ; 0 is the usual one. */
enum {
	HEADER_CR = 1,		/* a bare CR ends a line */
	HEADER_BLANK = 2,	/* a line of white space only ends the header */
	HEADER_JUNK = 4,	/* a line that is no field: the choice that is not the usual one */
	HEADER_HIDDEN = 8	/* a MIME field with white space in front of it counts */
};

/* Read fields from in[off..]. Returns the offset of the body. */
size_t header_read(struct pool *, const struct limits *, struct str in, size_t off,
    const struct mime_field **fields, size_t *n, uint64_t *defects);

/* What header_read_as tells besides the fields. */
struct header_block {
	const struct mime_field *fields;
	size_t n;
	size_t body;		/* offset of the body */
	unsigned other;		/* HEADER_* bits that would give another reading */
	bool crlf, lf;		/* line ends seen */
	uint64_t defects;
};

/* A reading: HEADER_* bits, and which lines that begin with "--" end the header because
 * they delimit parts; without is_delimiter all of them. */
struct header_reading {
	unsigned how;
	bool (*is_delimiter)(const void *bounds, struct str line);
	const void *bounds;
};

/* header_read in that reading. */
struct header_block header_read_as(struct pool *, const struct limits *, struct str in, size_t off,
    const struct header_reading *);

/* A value without folds, leading and trailing white space. Copies only when it must. */
struct str header_unfold(struct pool *, struct str value);

/* A value as UTF-8 text for people and for checks: unfolded, encoded words decoded,
 * also where clients decode them although the standard forbids it. */
struct str header_text(struct pool *, const struct limits *, struct str value, uint64_t *defects);

/* A structured value: the token before the first ';' in lower case, then parameters in
 * the order they came. A parameter that occurs with several meanings (duplicate, RFC
 * 2231 and plain, quoted with encoded words, raw tail) occurs several times in *params.
 * Of parameters with the same name the best reading stands first. */
struct str header_params(struct pool *, const struct limits *, struct str value,
    const struct mime_param **params, size_t *n, uint64_t *defects);

/* A value without its comments, quotes and white space, in lower case. */
struct str header_token(struct pool *, const struct limits *, struct str value);

/* Offset behind the comment that begins at in[off]; the end when it is never closed. */
size_t header_comment_end(const struct limits *, struct str in, size_t off, uint64_t *defects);

#endif
