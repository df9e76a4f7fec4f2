/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* received.h - read one Received field: who gave the message to whom
 *
 * Input    a field value, folded; any bytes
 * Units    bytes
 * Limits   RECEIVED_BYTES of the value are looked at; lim->comment_nest
 * Memory   slices point into the value; the address lives in `pool`
 * Errors   none: what is not said, or not in a way that is sure, is empty
 * Threads  reentrant
 * Source   RFC 5321 4.4, RFC 3848. Forms that are read as well: Postfix, Sendmail (IDENT, "may be forged"),
 *          Exim ("[a] (helo=x)", "name ([a] helo=x)"), Exchange (an address without brackets),
 *          qmail ("(HELO x) (a)"), Google ("by" alone). The HELO name is the client's own word, and
 *          may look like an address: it is never taken for one
 */
#ifndef MESSAGE_RECEIVED_H
#define MESSAGE_RECEIVED_H

#include "base/limits.h"
#include "base/pool.h"

enum { RECEIVED_BYTES = 4096 };

struct received {
	bool from;		/* there is a FROM clause: the message came from another machine */
	bool local;		/* it was written or submitted on the machine itself */
	struct str helo;	/* what the client called itself */
	struct str name;	/* its host name, as far as the writer vouches for it */
	struct str addr;	/* its address, as ip_text writes it */
	struct str by, with;
	bool tls;		/* it came encrypted, as a comment or WITH says */
	bool told;		/* WITH is a protocol that tells whether there was TLS and a login */
	bool login;		/* there was one */
};

void received_parse(struct pool *, const struct limits *, struct str value, struct received *out);

#endif
