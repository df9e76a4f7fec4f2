/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* authfield.h - what was proved, as an Authentication-Results field and back
 *
 * Input    facts; fields of milters that the operator trusts
 * Units    columns
 * Limits   AUTHFIELD_VALUE bytes of one value; AUTH_SIGNATURES results of DKIM
 * Memory   results live in the pool
 * Errors   authfield_read: false for a field that is malformed or says two things at once; then
 *          nothing of it is taken
 * Threads  reentrant
 * Source   RFC 8601 2.2, 2.7; RFC 6008 (header.b); RFC 8617 10.2 (arc); RFC 9989 9.2 (policy.dmarc)
 */
#ifndef AUTH_AUTHFIELD_H
#define AUTH_AUTHFIELD_H

#include "base/pool.h"
#include "message/authres.h"
#include "scan/auth.h"
#include "scan/session.h"

enum { AUTHFIELD_VALUE = 255, AUTHFIELD_COLUMN = 76 };

/* The value of our field, folded with line feeds. login: name the user who authenticated. */
struct str authfield_write(struct pool *, const struct auth_facts *, const struct session *, struct str id, bool login);

/* What a trusted field states replaces what is in `facts`, and its id becomes `upstream`. */
bool authfield_read(struct pool *, const struct authres *, struct auth_facts *);
/* What an operator gives by hand: a field, or only the results of one. Returns it as a field; empty
 * when it is neither. */
struct str authfield_given(struct pool *, struct str text, struct auth_facts *);

#endif
