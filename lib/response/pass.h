/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* pass.h - what lets our own mail by when it comes to the gate again: the header field X-Sekimori-Pass
 *
 * Input    pass_make: a message as smtp_send gets it. pass_read: the value of a field of anybody
 * Units    seconds since 1970 UTC; milliseconds
 * Limits   a field has at most PASS_CHARS characters and their folds
 * Memory   pass_read: texts live in the pool
 * Errors   pass_make: RC_TEMP the message cannot be read, or libcrypto refuses. pass_read: RC_BAD forged or garbled,
 *          RC_NONE sealed with a key we do not have (any more), RC_LIMIT expired
 * Threads  reentrant
 * Source   click/sealed.h, keys/pass. A pass holds for one mail only: its body and the fields that say what the body is
 *          (PASS_FIELDS), both in the relaxed form of RFC 6376 3.4, its sender and all its recipients. Other fields are
 *          not bound, as MTAs add and rewrite them on the way
 */
#ifndef RESPONSE_PASS_H
#define RESPONSE_PASS_H

#include "base/hash.h"
#include "base/limits.h"
#include "base/pool.h"
#include "click/keyring.h"
#include "net/smtp_send.h"

#define PASS_FIELD "X-Sekimori-Pass"
#define PASS_FIELDS "Subject", "MIME-Version", "Content-*"
/* PASS_KEEP_S: no pass lives longer, so a key that is older than that is of no use. */
enum { PASS_VERSION = 2, PASS_NONCE = 12, PASS_ID = 20, PASS_CHARS = 400, PASS_KEEP_S = 86400 };
/* A claim that was let by, and whose answer nobody saw yet, is so much younger. */
enum { PASS_LET_BY_MS = 1 };

enum pass_kind {
	PASS_RELEASE,			/* accepted as it is */
	PASS_COPY,			/* of a message that was split: judged already */
	PASS_HOLD_END,			/* looked at again, but not held again */
	PASS_NOTICE,			/* our own mail: digests */
	PASS_KINDS
};

struct pass {
	enum pass_kind kind;
	struct str id;			/* of the record; may be empty: PASS_NOTICE */
	uint16_t number;		/* RELEASE, HOLD_END: of the recipient; 0: all that were claimed then */
	int64_t claim_ms;		/* and when they went to the state RELEASING; of the others: when it was made */
	int64_t expiry_s;
	unsigned char nonce[PASS_NONCE];	/* pass_make makes it */
	unsigned char body[HASH_SHA256_BYTES], head[HASH_SHA256_BYTES], envelope[HASH_SHA256_BYTES];
};

const char *pass_kind_name(enum pass_kind);

/* A pass for this mail (all of it but `head`): appends the header field, folded, for mail->head. what: kind, id,
 * number, claim_ms (0: now) and expiry_s. */
enum rc pass_make(const struct keyring *, struct pool *, const struct smtp_mail *mail, const struct pass *what,
    struct buf *out) MUST_CHECK;
enum rc pass_read(const struct keyring *, struct pool *, struct str value, int64_t now_s, struct pass *out) MUST_CHECK;

/* Fill in body, head and envelope of a mail as it is. */
void pass_bind_content(struct pool *, struct str message, struct pass *out);
void pass_bind_envelope(struct pool *, struct str from, const struct str *rcpts, size_t n, struct pass *out);
/* What differs between both, in words; NULL: nothing. */
const char *pass_differs(const struct pass *, const struct pass *);

#endif
