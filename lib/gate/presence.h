/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* presence.h - how many connections each client has open at this gate now
 *
 * Input    client addresses as text
 * Units    connections
 * Limits   as many entries as there are connections
 * Memory   heap; zeroed it is ready, the last leave of a client frees its entry
 * Errors   what is no address (local submission) is not counted
 * Threads  any
 * Source   none. A client is one IPv4 address, or one IPv6 /64 (RFC 6177: what a customer has at least)
 */
#ifndef GATE_PRESENCE_H
#define GATE_PRESENCE_H

#include <pthread.h>
#include <stdint.h>

#include "base/str.h"

struct presence {
	pthread_mutex_t lock;
	struct presence_client *clients;
};

/* One more; returns how many there are with it, 0 when it is not counted. */
uint32_t presence_enter(struct presence *, struct str addr);
void presence_leave(struct presence *, struct str addr);

#endif
