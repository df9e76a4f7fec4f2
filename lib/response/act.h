/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* act.h - a link of a digest: whose mail in the quarantine it leads to
 *
 * Input    act_make: an entry and a person. act_read: anything a browser sends
 * Units    seconds since 1970 UTC
 * Limits   ACT_PERSON bytes of an address; a token has at most ACT_CHARS characters
 * Memory   act_read: texts live in the pool
 * Errors   act_make: RC_LIMIT too long, RC_BAD no id, RC_TEMP libcrypto refuses. act_read: RC_BAD forged or garbled,
 *          RC_NONE sealed with a key we do not have (any more), RC_LIMIT expired (`out` is filled in then, too)
 * Threads  reentrant
 * Source   click/sealed.h, keys/digest. It is no password: who has it sees who wrote and what about, and does with this one
 *          mail what its recipient may do. What may be done is asked at each use, and each thing happens once, by the state
 *          of the entry (store/records.h)
 */
#ifndef RESPONSE_ACT_H
#define RESPONSE_ACT_H

#include "base/pool.h"
#include "click/sealed.h"
#include "store/record.h"

enum { ACT_VERSION = 3, ACT_PERSON = 254, ACT_CHARS = SEALED_CHARS(5 + 2 + RECORD_ID + ACT_PERSON) };

struct act {
	struct str id;			/* of the record */
	uint16_t number;		/* of the recipient, from 1 */
	int64_t expiry_s;
	struct str person;		/* who got the digest */
};

enum rc act_make(const struct keyring *, const struct act *, struct buf *out) MUST_CHECK;
enum rc act_read(const struct keyring *, struct pool *, struct str token, int64_t now_s, struct act *out) MUST_CHECK;

#endif
