/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/presence.h"

#include <stdlib.h>
#include <string.h>

#include "base/ip.h"

#define uthash_fatal(msg) abort()	/* out of memory */
#include <uthash.h>

enum { KEY = 9 };			/* length in bytes, then the address or its first half */

struct presence_client {
	unsigned char key[KEY];
	uint32_t n;
	UT_hash_handle hh;
};

static bool
key_of(struct str addr, unsigned char key[KEY])
{
	struct ip ip;

	if (!ip_parse(addr, &ip))
		return false;
	memset(key, 0, KEY);
	key[0] = ip.bits == 32 ? 4 : 8;
	memcpy(key + 1, ip.b, key[0]);
	return true;
}

uint32_t
presence_enter(struct presence *p, struct str addr)
{
	struct presence_client *c;
	unsigned char key[KEY];
	uint32_t n;

	if (!key_of(addr, key))
		return 0;
	pthread_mutex_lock(&p->lock);
	HASH_FIND(hh, p->clients, key, KEY, c);
	if (!c) {
		c = calloc(1, sizeof(*c));
		if (!c)
			abort();	/* out of memory */
		memcpy(c->key, key, KEY);
		HASH_ADD(hh, p->clients, key, KEY, c);
	}
	n = ++c->n;
	pthread_mutex_unlock(&p->lock);
	return n;
}

void
presence_leave(struct presence *p, struct str addr)
{
	struct presence_client *c;
	unsigned char key[KEY];

	if (!key_of(addr, key))
		return;
	pthread_mutex_lock(&p->lock);
	HASH_FIND(hh, p->clients, key, KEY, c);
	if (c && --c->n == 0) {
		HASH_DEL(p->clients, c);
		free(c);
	}
	pthread_mutex_unlock(&p->lock);
}
