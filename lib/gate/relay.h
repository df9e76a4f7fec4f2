/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* relay.h - who gave the message to our relays: the walk over its Received fields
 *
 * Input    the hops of a worker's report, newest first: below the first that no relay of ours
 *          wrote they are whatever the sender wants them to be
 * Units    none
 * Limits   REPORT_HOPS
 * Memory   borrowed from the report
 * Errors   NULL: it cannot be said
 * Threads  reentrant
 * Source   RFC 5321 4.4: who takes over a message puts its Received field at the top
 *
 * A relay of ours wrote the top field. When that names another relay of ours as the client, that one
 * wrote the next field, and so on; the first client that is none of ours is the sender's.
 */
#ifndef GATE_RELAY_H
#define GATE_RELAY_H

#include "conf/networks.h"
#include "scan/report.h"
#include "scan/session.h"

const struct report_hop *relay_origin(const struct networks *relays, const struct report *);
/* The session as it would have been without the relays; hop NULL: of an unknown client. */
struct session relay_session(const struct session *, const struct report_hop *);

#endif
