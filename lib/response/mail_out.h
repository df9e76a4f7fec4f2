/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* mail_out.h - write a message of our own: text and HTML, in any language
 *
 * Input    texts in UTF-8; names, subjects and addresses of strangers among them
 * Units    seconds since 1970 UTC, bytes
 * Limits   lines of 76 characters; out->max
 * Memory   appends to the caller's buf
 * Errors   RC_BAD: an address that no header field can hold. RC_LIMIT: out->max. RC_TEMP: no random bytes
 * Threads  reentrant
 * Source   RFC 5322, RFC 2045 and 2046 (multipart/alternative), RFC 2047 (encoded words), RFC 3834 5 (Auto-Submitted).
 *          Everything is ASCII with CRLF line ends, so that no server has a reason to change it: a pass holds for it
 */
#ifndef RESPONSE_MAIL_OUT_H
#define RESPONSE_MAIL_OUT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/rc.h"

enum { MAIL_OUT_LINE = 76, MAIL_OUT_SUBJECT = 200 };

struct mail_out {
	struct str from, to;		/* addresses */
	struct str from_name;		/* or empty */
	struct str subject;		/* cut at MAIL_OUT_SUBJECT bytes */
	const char *language;		/* "ja" */
	int64_t time_s;
	struct str text, html;		/* lines end in LF */
};

enum rc mail_out_put(const struct mail_out *, struct buf *out) MUST_CHECK;

/* A text as it stands in a header field: as it is, or in encoded words, folded; `at` is the column it begins in. */
void mail_out_words(struct buf *out, struct str text, size_t at);
/* Can it stand in angle brackets and in SMTP? ASCII, one at sign, nothing that ends a field. */
bool mail_out_can(struct str address);

#endif
