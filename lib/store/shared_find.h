/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* shared_find.h - addresses of servers, as the operator writes them and as sockets take them
 *
 * Input    "host:port", "[2001:db8::1]:port", "unix:/path"
 * Units    none
 * Limits   SHARED_HOST bytes of a host name or path; SHARED_ADDRS addresses of a name
 * Memory   the caller's structs
 * Errors   RC_BAD with `why` for the syntax; RC_TEMP: the name has no address now
 * Threads  reentrant; shared_resolve may wait for the system's resolver as long as that takes,
 *          so no thread that answers mail calls it
 * Source   getaddrinfo(3), unix(7)
 */
#ifndef STORE_SHARED_FIND_H
#define STORE_SHARED_FIND_H

#include <sys/socket.h>

#include "base/buf.h"
#include "base/rc.h"

enum { SHARED_HOST = 255, SHARED_SUN_PATH = 107, SHARED_ADDRS = 8 };

/* A place as written. */
struct shared_place {
	bool local;			/* unix socket; host is its path */
	char host[SHARED_HOST + 1];
	char port[6];
};

struct shared_addr {
	struct sockaddr_storage sa;
	socklen_t n;
	char text[SHARED_HOST + 16];	/* for the log */
};

/* All a name leads to, in the order to try. */
struct shared_addrs {
	struct shared_addr item[SHARED_ADDRS];
	size_t n;
};

enum rc shared_place_parse(struct str, struct shared_place *, struct buf *why) MUST_CHECK;
/* Host and port as two texts, as Sentinel gives them. */
enum rc shared_place_set(struct shared_place *, struct str host, struct str port, struct buf *why) MUST_CHECK;
enum rc shared_resolve(const struct shared_place *, struct shared_addrs *, struct buf *why) MUST_CHECK;

#endif
