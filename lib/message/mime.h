/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* mime.h - read a message into its parts, in every way a client might
 *
 * Input    a whole message (header, empty line, body); any bytes
 * Units    offsets and lengths in bytes of the source they index
 * Limits   lim->mime_depth, mime_parts, header_bytes, header_fields, params,
 *          comment_nest, name_bytes, decoded_bytes; each sets its LIMIT_* defect
 * Memory   everything lives in `pool`; slices point into `raw`, which must live as long
 * Errors   none: bad syntax gives the best reading and defect bits
 * Threads  reentrant
 * Source   RFC 5322, 2045, 2046, 2047, 2183, 2231; MIME-reading habits of clients as
 *          listed in test/message/mime/
 *
 * Readings. Where clients disagree there is more than one part for the same bytes. The
 * part that the standard (or, failing that, most clients) would read is the main
 * reading; the others carry `alternative`, with their own ids ("1.2~1"). They are
 * scanned like all others and never edited. A leaf can also be decoded in more than
 * one way: its views, see mime_decode.
 */
#ifndef MESSAGE_MIME_H
#define MESSAGE_MIME_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/pool.h"
#include "base/str.h"

struct mime_field {
	struct str name;	/* as written */
	struct str value;	/* raw behind the colon, folds and leading space kept */
	size_t off, end;	/* the whole field in its source, line end included */
};

struct mime_param {
	struct str name;	/* lower case, RFC 2231 marks removed */
	struct str value;	/* unquoted, pieces joined, decoded to UTF-8 */
};

enum mime_cte { MIME_CTE_IDENTITY, MIME_CTE_QP, MIME_CTE_BASE64, MIME_CTE_UU, MIME_CTE_YENC };
enum mime_kind { MIME_LEAF, MIME_MULTIPART, MIME_MESSAGE };

/* Bytes that parts lie in: source 0 is the message, others were decoded from a part. */
struct mime_source {
	struct str bytes;
	size_t part;		/* index of the part it was decoded from; unused for source 0 */
};

struct mime_part {
	struct str id;		/* "1" is the root, "1.2" its second child, "1.2~1" a second reading of that,
				 * "1.0~1" something in front of or behind the children of "1" */
	size_t parent;		/* index; MIME_NO_PART for the root */
	size_t source;		/* index into sources */
	size_t head, body, end;	/* header from head to body, content from body to end */
	unsigned depth;
	unsigned readings;	/* how many alternative readings of this part there are */
	bool alternative;
	bool guessed;		/* an alternative that nothing in the message asks for: its defects
				 * are not those of the message */
	enum mime_kind kind;
	const struct mime_field *fields;
	size_t n_fields;

	struct str type;		/* "text/html", lower case, the effective one; never empty */
	const struct mime_param *params;
	size_t n_params;
	struct str charset;		/* lower case or empty */
	struct str disposition;		/* "attachment", "inline" or empty; lower case */
	const struct str *names;	/* every file name a client might show, UTF-8, best first */
	size_t n_names;
	struct str content_id;
	enum mime_cte cte;		/* of the main view */
	const struct mime_view *views;	/* leaves: at least one; views[0] is the main one */
	size_t n_views;
	uint64_t defects;
};

/* One way to decode a leaf. */
struct mime_view {
	enum mime_cte cte;
	enum {
		MIME_LENIENT,		/* skip what does not belong */
		MIME_STOP,		/* stop at the first padding or junk */
		MIME_PAD_IS_A,		/* '=' inside base64 counts as the digit A */
		MIME_RESYNC		/* skip leading lines that are not base64 */
	} how;
	size_t skip, length;		/* only this range of the body (uuencode inside text); length 0:
					 * to the end */
	struct str name;		/* of a block inside text, else empty */
};

#define MIME_NO_PART ((size_t)-1)

struct message {
	struct str raw;
	struct mime_source *sources;
	size_t n_sources;
	struct mime_part *parts;	/* in reading order, a parent before its children; what was
					 * decoded first and other readings stand behind the rest */
	size_t n_parts;
	uint64_t defects;		/* of all parts together that are not guessed */
	size_t decoded_bytes;		/* used of lim->decoded_bytes */
};

/* Parse `raw`. Never NULL; there is always a root part. */
struct message *mime_parse(struct pool *, const struct limits *, struct str raw);

/* Content of a leaf in one view. `space` holds decoded bytes; *out borrows from it or, for
 * the identity, from the source. Adds to msg->defects and part->defects what decoding
 * shows. RC_LIMIT: cut at lim->decoded_bytes (*out holds what fitted). */
enum rc mime_decode(struct message *, const struct limits *, struct mime_part *, size_t view,
    struct buf *space, struct str *out) MUST_CHECK;

/* Undecoded content of a part. */
struct str mime_raw(const struct message *, const struct mime_part *);

/* First field of that name (any case) in a part, or NULL. */
const struct mime_field *mime_find(const struct mime_part *, struct str name);

#endif
