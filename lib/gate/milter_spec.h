/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* milter_spec.h - where the MTA finds us: read the address, open the socket
 *
 * Input    unix:/path, local:/path, /path, inet:port@host, inet6:port@host, inet:host:port,
 *          inet:[v6]:port, inet:port (then only this machine: 127.0.0.1 or ::1)
 * Units    none
 * Limits   a path fits into sockaddr_un; SPEC_BACKLOG waiting connections
 * Memory   slices point into the text that was parsed
 * Errors   RC_BAD: not an address; RC_LIMIT: somebody lives there; RC_TEMP: the system refuses.
 *          `why` says it in all three
 * Threads  milter_spec_listen changes the umask for a moment: only before there are threads
 * Source   libmilter's smfi_setconn, Postfix's smtpd_milters. A dead unix socket is replaced
 */
#ifndef GATE_MILTER_SPEC_H
#define GATE_MILTER_SPEC_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

enum { SPEC_BACKLOG = 512 };

struct milter_spec {
	enum { SPEC_UNIX, SPEC_INET, SPEC_INET6 } family;
	struct str path;
	struct str host;	/* empty: this machine */
	uint16_t port;
};

enum rc milter_spec_parse(struct str, struct milter_spec *, struct buf *why) MUST_CHECK;

/* A listening socket, close-on-exec. mode, uid, gid are for unix sockets; -1 leaves an id. */
struct milter_spec_owner {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};
enum rc milter_spec_listen(const struct milter_spec *, const struct milter_spec_owner *, int *fd,
    struct buf *why) MUST_CHECK;

#endif
