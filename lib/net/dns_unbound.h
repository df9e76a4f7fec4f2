/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dns_unbound.h - libunbound, set up to serve a mail gateway
 *
 * Input    the options of dns.h
 * Units    none
 * Limits   OUTGOING sockets towards name servers, fewer when the process may have few files
 * Memory   the context belongs to the caller, ub_ctx_delete
 * Errors   RC_BAD with the reason
 * Threads  the thread that libunbound starts blocks all signals
 * Source   libunbound(3), unbound.conf(5) of version 1.17
 */
#ifndef NET_DNS_UNBOUND_H
#define NET_DNS_UNBOUND_H

#include <unbound.h>

#include "net/dns.h"

enum rc dns_unbound_new(const struct dns_conf *, struct ub_ctx **out, struct buf *why) MUST_CHECK;

#endif
