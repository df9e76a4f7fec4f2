/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* key.h - kind and name of a counter as one text: "rcpt/ip:192.0.2.1"
 *
 * Input    kinds are constants of the program; names are any bytes, also of a client
 * Units    bytes
 * Limits   KEY_KIND bytes of a kind, COUNTER_KEY of a name: of longer ones the SHA-256 serves
 * Memory   the caller's struct
 * Errors   none
 * Threads  reentrant
 * Source   the same text in memory, in the snapshot and, behind a prefix, in Redis
 */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include "store/counters.h"

enum { KEY_KIND = 39, KEY_MAX = KEY_KIND + 1 + COUNTER_KEY };

struct key {
	size_t n;
	char p[KEY_MAX];
};

void key_make(struct key *, const char *kind, struct str name);
struct str key_str(const struct key *);		/* borrowed */
/* "rcpt/ip:", which all keys of a kind begin with. */
void key_of_kind(struct key *, const char *kind);

#endif
