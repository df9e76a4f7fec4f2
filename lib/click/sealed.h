/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* sealed.h - bytes of ours that travel through the hands of others, as one word of text
 *
 * Input    sealed_make: up to SEALED_PLAIN bytes. sealed_read: anything
 * Units    bytes
 * Limits   SEALED_PLAIN bytes; sealed_chars(n) characters for n bytes
 * Memory   sealed_read: the bytes live in the pool
 * Errors   sealed_make: RC_LIMIT too long, RC_TEMP libcrypto refuses. sealed_read: RC_BAD forged or garbled, RC_NONE sealed
 *          with a key we do not have (any more)
 * Threads  reentrant
 * Source   RFC 5297 (AES-SIV), RFC 4648 5 (base64url, no padding): version (1 byte), key ID (2, big-endian), synthetic IV,
 *          what is sealed; version and key ID are authenticated as well
 */
#ifndef CLICK_SEALED_H
#define CLICK_SEALED_H

#include "base/pool.h"
#include "click/keyring.h"

enum {
	SEALED_HEAD = 3, SEALED_TAG = 16,	/* version and key ID; the synthetic IV */
	SEALED_PLAIN = 17408
};
#define SEALED_CHARS(n) ((SEALED_HEAD + SEALED_TAG + (n) + 2) / 3 * 4)

enum rc sealed_make(const struct keyring *, unsigned version, struct str plain, struct buf *out) MUST_CHECK;
struct sealed {
	unsigned version, key_id;
	struct str plain;
};
enum rc sealed_read(const struct keyring *, struct pool *, struct str text, struct sealed *out) MUST_CHECK;
/* Only characters that it may have, and this version? Says nothing about whether it is ours. */
bool sealed_looks(struct str text, unsigned version);

#endif
