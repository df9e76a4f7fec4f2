/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* session.h - what the MTA said about a connection and a transaction
 *
 * Input    filled by the gate from the milter, or by sekimorictl from its options
 * Units    none
 * Limits   the MTA's own; n_rcpts by the gate
 * Memory   plain data; strings live in the pool of whoever filled it in
 * Errors   an unknown value is an empty slice
 * Threads  one owner
 * Source   Postfix MILTER_README, libmilter's smfi_getsymval; RFC 5321
 */
#ifndef SCAN_SESSION_H
#define SCAN_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct session {
	/* connection */
	struct str client_addr;		/* "192.0.2.1", "2001:db8::1", "" for local submission, see milter.c */
	uint16_t client_port;
	struct str client_name;		/* verified reverse name, "" when there is none */
	struct str helo;
	struct str tls_version;		/* "" without TLS */
	struct str auth_user;		/* "" when not authenticated */
	struct str daemon_name;		/* the MTA's {daemon_name} */
	struct str mta_name;		/* the MTA's own host name, macro j */
	bool relay_told, relay_login;	/* behind a trusted relay: it says how the client came, of a login there */
	uint32_t connections;		/* of this client when this one came, itself included; 0: not counted */
	uint32_t messages;		/* that came over this connection before this transaction */
	/* transaction */
	struct str mail_from;		/* without < >; "" is the null sender */
	const struct str *rcpts;	/* without < > */
	size_t n_rcpts;
	uint64_t size_declared;		/* RFC 1870: SIZE= of MAIL; 0: not said */
	uint64_t size;			/* at the end of the message */
	struct str queue_id;		/* "" until the MTA knows it */
	struct str pass;		/* what is wrong with a pass that came with it (gate/passes.h); or empty */
	struct str authres;		/* Authentication-Results given from outside (scan --auth-results) */
};

#endif
