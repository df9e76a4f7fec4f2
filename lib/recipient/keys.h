/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* keys.h - the keys of a table, in memory
 *
 * Input    keys and values of the operator's tables
 * Units    none
 * Limits   `max` entries given at keys_new; KEYS_TEXT bytes of a key
 * Memory   one block of texts and one index; about 100 bytes for an address. keys_free frees it all
 * Errors   keys_add: RC_LIMIT when there are too many, RC_BAD for a key that is none
 * Threads  one writer; then any reader
 * Source   none
 */
#ifndef RECIPIENT_KEYS_H
#define RECIPIENT_KEYS_H

#include "base/rc.h"
#include "base/str.h"

enum { KEYS_TEXT = 1000 };

struct keys;

struct keys *keys_new(size_t max);
void keys_free(struct keys **);
/* Lower case; of a key that comes twice the first one counts. A NUL at the end is no part of it. */
enum rc keys_add(struct keys *, struct str key, struct str value) MUST_CHECK;
/* key is in lower case. */
bool keys_find(const struct keys *, struct str key, struct str *value);
size_t keys_count(const struct keys *);

#endif
