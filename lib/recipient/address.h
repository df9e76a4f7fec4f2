/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* address.h - a recipient as the client said it, and the keys it has in tables
 *
 * Input    the argument of RCPT TO without its brackets; any bytes
 * Units    bytes
 * Limits   RECIPIENT_ADDRESS bytes of an address, RECIPIENT_KEYS keys, RECIPIENT_LABELS parents of a domain
 * Memory   texts live in the pool
 * Errors   recipient_parse: false for what is no address
 * Threads  reentrant
 * Source   RFC 5321 4.1.2 and 4.1.1.3; the order of keys is that of Postfix: postconf(5) relay_recipient_maps
 *          and recipient_delimiter, virtual(5) "TABLE SEARCH ORDER"
 */
#ifndef RECIPIENT_ADDRESS_H
#define RECIPIENT_ADDRESS_H

#include "base/pool.h"

/* RFC 5321 4.5.3.1: 64 and 255 bytes; quotes may double the first. */
enum { RECIPIENT_ADDRESS = 400, RECIPIENT_KEYS = 16, RECIPIENT_LABELS = RECIPIENT_KEYS - 1 };

struct recipient_address {
	struct str local;		/* lower case; in quotes when it needs them */
	struct str user;		/* local without its extension; the same as local when there is none */
	struct str domain;		/* lower case, without a dot at the end; empty: none was said */
};

struct recipient_keys {
	struct str key[RECIPIENT_KEYS];
	size_t n;
};

/* delimiters: the first of these characters ends the user's name; empty: no extensions. */
bool recipient_parse(struct pool *, struct str said, struct str delimiters, struct recipient_address *out);

/* user+ext@domain, user@domain, then, if `local`, user+ext and user, then @domain. */
void recipient_keys(struct pool *, const struct recipient_address *, bool local, struct recipient_keys *out);
/* sub.example.org, .example.org, .org */
void recipient_domain_keys(struct str domain, struct recipient_keys *out);

#endif
