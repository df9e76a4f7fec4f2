/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* token.h - a link of somebody else, sealed into one of ours
 *
 * Input    token_make: what the gate knows of a link. token_read: anything a browser sends
 * Units    seconds since 1970 UTC; bytes
 * Limits   TOKEN_URL, TOKEN_MESSAGE, TOKEN_RCPT bytes; a token has at most TOKEN_CHARS characters
 * Memory   token_read: texts live in the pool
 * Errors   token_make: RC_LIMIT too long, RC_BAD no http or https URL, RC_TEMP libcrypto refuses. token_read:
 *          RC_BAD forged or garbled, RC_NONE sealed with a key we do not have (any more), RC_LIMIT expired
 *          (`out` is filled in then, too)
 * Threads  reentrant
 * Source   sealed.h
 *
 * Needs no database: all that is to be known at the click is in it. Sealed by AES-256-SIV: as long as
 * with an HMAC cut to 128 bits (16 bytes; a random nonce for AES-GCM would take 12 more of a mail line, and is
 * a danger when it repeats), while nobody on the way can read whose mail it was. Equal links of a message give
 * equal tokens. A token is 4/3 of the URL and about 40 characters.
 */
#ifndef CLICK_TOKEN_H
#define CLICK_TOKEN_H

#include "base/pool.h"
#include "click/sealed.h"

enum {
	TOKEN_VERSION = 1,
	TOKEN_URL = 16384, TOKEN_MESSAGE = 255, TOKEN_RCPT = 320,
	TOKEN_PLAIN = TOKEN_URL + TOKEN_MESSAGE + TOKEN_RCPT + 16,
	TOKEN_CHARS = SEALED_CHARS(TOKEN_PLAIN)
};

struct click_token {
	unsigned version, key_id;	/* token_make takes its own version and the newest key */
	int64_t expiry_s;
	bool doubtful;			/* the message, or the link as it stood there, is a reason to warn */
	struct str message;		/* id of its record in the ledger; without one its reference in our log */
	struct str rcpt;		/* may be empty: several recipients, or privacy */
	struct str url;			/* absolute, http or https */
};

/* Appends a path segment of base64url characters. */
enum rc token_make(const struct keyring *, const struct click_token *, struct buf *out) MUST_CHECK;
enum rc token_read(const struct keyring *, struct pool *, struct str token, int64_t now_s,
    struct click_token *out) MUST_CHECK;

/* Does it look like a token, so that a link that holds it is not to be sealed again? Says nothing about
 * whether it is ours: token_read does. */
bool token_looks(struct str token);
/* The only URLs that a token may hold: http or https with a host, no bytes that end a header line. */
bool token_url_fits(struct str url);

#endif
