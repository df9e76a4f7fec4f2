/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* arc.h - validate the chain of those who handled a message before us
 *
 * Input    a message and what DNS said of the keys; any bytes. In a worker only
 * Units    seconds since 1970 (now); bits
 * Limits   AUTH_ARC_SETS sets; those of signature.h
 * Memory   in `pool`
 * Errors   none: AUTH_NONE no chain, AUTH_PASS, AUTH_FAIL with `why`; AUTH_TEMPERROR when a key
 *          could not be had now (RFC 8617 5.2 knows no such result, RFC 8601 does)
 * Threads  reentrant
 * Source   RFC 8617 5.2; the valimail test suite for what the RFC leaves open
 *
 * A chain that passes proves who handled the message in which order, not that any of them is
 * to be believed.
 */
#ifndef AUTH_ARC_H
#define AUTH_ARC_H

#include "auth/dkim.h"

/* "i=2; rest": the instance and what follows its semicolon, of an ARC-Authentication-Results. */
bool arc_read_aar(struct str value, uint32_t *instance, struct str *rest);

void arc_verify(const struct dkim_in *, struct raw_mail *, struct auth_arc *out);

#endif
