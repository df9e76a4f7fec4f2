/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* smtp_probe.h - ask a mail server whether it would take mail for an address, and go
 *
 * Input    addresses in the form of RFC 5321, checked by smtp_probe_can; answers of any server
 * Units    milliseconds
 * Limits   the deadline, for all of it but the resolver of the system (a host name is looked up by it);
 *          smtp_reply.h; SMTP_CHATTER bytes in all
 * Memory   none kept
 * Errors   PROBE_UNCLEAR and PROBE_NO_ANSWER; `why` says why
 * Threads  reentrant. It blocks: for threads that have nothing else to do
 * Source   RFC 5321 4.1.1, 6.1 (MAIL FROM:<>); RFC 3463; RFC 6531 3.1
 */
#ifndef NET_SMTP_PROBE_H
#define NET_SMTP_PROBE_H

#include "base/buf.h"

enum { SMTP_CHATTER = 65536 };

enum probe {
	PROBE_YES, PROBE_NO,
	PROBE_ANY,		/* it takes the other address as well, which nobody has */
	PROBE_UNCLEAR,		/* its answer to RCPT is not about the address, or only for now */
	PROBE_NO_ANSWER		/* there is no talking to it */
};

struct smtp_probe {
	const char *host, *port;	/* name or address; decimal */
	struct str helo;
	struct str address;
	struct str nobody;		/* asked about when it says yes; empty: not */
	int64_t deadline_ms;		/* monotonic */
};

/* May it be written into a command? Nothing in it can end the command or begin another one. */
bool smtp_probe_can(struct str address);
enum probe smtp_probe(const struct smtp_probe *, struct buf *why);

#endif
