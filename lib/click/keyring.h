/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* keyring.h - the keys that this site seals with: links, passes, names in the ledger
 *
 * Input    STATE_DIR/keys/click, pass, ledger, digest: a line `ID CREATED KEY` for each key, the newest last
 * Units    seconds since 1970 UTC
 * Limits   KEYRING_KEYS keys; KEYRING_ID_MAX is the last ID
 * Memory   a keyring is the caller's until keyring_close; copies of keys are wiped
 * Errors   RC_NONE: no keys there yet. RC_BAD: the file is not ours alone (owner, 0600, no link) or damaged,
 *          RC_TEMP: the system refuses; `why` says it in one line
 * Threads  any
 * Source   the newest key seals, all of them open: after a rotation links in mail go on to work until they
 *          expire. The file is replaced as a whole by rename(2); who holds a keyring notices within
 *          KEYRING_LOOK_MS. A file that has become bad keeps the keys that were there
 */
#ifndef CLICK_KEYRING_H
#define CLICK_KEYRING_H

#include <stdint.h>

#include "base/buf.h"
#include "base/rc.h"

enum {
	KEYRING_KEYS = 32,
	KEYRING_BYTES = 64,		/* AES-256-SIV: one half authenticates, one encrypts (RFC 5297 2.1) */
	KEYRING_ID_MAX = 65535,		/* two bytes in a token */
	KEYRING_LOOK_MS = 1000
};

/* What keys are for: each has a file of its own. */
enum keyring_use {
	KEYRING_CLICK,			/* links that lead over the click gate */
	KEYRING_PASS,			/* our own mail on its way through this gate */
	KEYRING_LEDGER,			/* addresses and subjects that are stored hashed; never rotated */
	KEYRING_DIGEST,			/* links of digests */
	KEYRING_USES
};

struct keyring_place {
	struct str state_dir;		/* as configured */
	enum keyring_use use;
};

static inline struct keyring_place
keyring_of(struct str state_dir, enum keyring_use use)
{
	return (struct keyring_place){ state_dir, use };
}

struct keyring;

struct keyring_key {
	unsigned id;
	int64_t created_s;
	unsigned char bytes[KEYRING_BYTES];
};

enum rc keyring_open(struct keyring_place, struct keyring **out, struct buf *why) MUST_CHECK;
/* The same, with a first key made when there is none: for the one who makes links. */
enum rc keyring_ensure(struct keyring_place, int64_t now_s, struct keyring **out, struct buf *why) MUST_CHECK;
void keyring_close(struct keyring **);

/* Copies of keys; wipe them. RC_NONE: no such key. */
enum rc keyring_newest(const struct keyring *, struct keyring_key *out) MUST_CHECK;
enum rc keyring_find(const struct keyring *, unsigned id, struct keyring_key *out) MUST_CHECK;
void keyring_wipe(struct keyring_key *);

/* Add a new key, which seals from now on, and take out those that no link alive was sealed with: the key
 * after them is older than keep_s. *id: of the new key, *gone: how many were taken out. */
enum rc keyring_rotate(struct keyring_place, int64_t now_s, int64_t keep_s, unsigned *id, size_t *gone,
    struct buf *why) MUST_CHECK;
/* ID and time of all keys, oldest first, without the keys; how many. */
size_t keyring_list(const struct keyring *, struct keyring_key out[KEYRING_KEYS]);

#endif
