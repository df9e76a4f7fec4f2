/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* raw_mail.h - a message as signatures see it: fields byte for byte, and a body
 *
 * Input    a whole message; any bytes
 * Units    bytes
 * Limits   lim->header_fields fields, lim->header_bytes of header; `cut` says that there was more
 * Memory   slices point into the message; the list lives in `pool`
 * Errors   none: a line that is no field has no name and no signature can cover it
 * Threads  one owner: digests are kept in it once they are made
 * Source   RFC 5322 2.2, RFC 6376 3.4. Lines end with CRLF; when the first one ends with LF
 *          alone, as in files, all do
 */
#ifndef AUTH_RAW_MAIL_H
#define AUTH_RAW_MAIL_H

#include "auth/canon.h"
#include "base/limits.h"
#include "base/pool.h"

struct raw_field {
	struct str name;	/* as written, without white space at its end; empty: no field */
	struct str value;	/* behind the colon, line end included */
	struct str raw;		/* all of it, line end included */
	uint64_t key;		/* hash of the name in lower case: differs, so does the name */
};

struct raw_mail {
	const struct raw_field *field;
	size_t n;
	struct str body;
	bool lf, cut;
	/* Filled in by raw_mail_digest. */
	struct canon_digest whole[2];
	uint64_t length[2];
	bool known[2];
};

void raw_mail_open(struct pool *, const struct limits *, struct str message, struct raw_mail *);
bool raw_mail_is(const struct raw_field *, struct str name);
uint64_t raw_mail_key(struct str name);
/* The digest of the whole body, made once. *length: of the canonical form. */
const unsigned char *raw_mail_digest(struct raw_mail *, enum canon, uint64_t *length);

#endif
