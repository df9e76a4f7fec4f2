/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* zone.h - a DNS server on loopback that serves a small zone, right or wrong as it is told
 *
 * Input    zone text, see below; DNS questions on UDP and TCP
 * Units    ttl in seconds, delays in milliseconds
 * Limits   ZONE_CONNECTIONS at once over TCP; an answer has at most 64 KiB
 * Memory   zone_free ends its thread and frees everything
 * Errors   every line that is wrong is in `why`
 * Threads  one of its own; the calls below from any
 * Source   RFC 1035, RFC 6891 6.2.5 (size of an answer over UDP)
 *
 *     # name [ttl] type data; a name may begin with "*."
 *     example.com      A     192.0.2.1
 *     example.com      AAAA  2001:db8::1
 *     example.com  60  TXT   "v=spf1 " "-all \" \\ \009"
 *     example.com      MX    10 mail.example.com
 *     www.example.com  CNAME example.com
 *     example.com      NS    ns.example.com          (PTR is written the same way)
 *     example.com      SOA   ns.example.com hostmaster.example.com 1 2 3 4 60
 *     bad.example.com  RAW   A 010203                (any rdata, in hexadecimal)
 *     # name !fault [number] [type]; without a type it is for all of them
 *     slow.example.com !delay 300
 *     *.dead.example   !timeout TXT
 *
 * Faults: servfail refused formerr notimp (the code), timeout, delay, truncate (over UDP, so the
 * client comes again over TCP), cut (truncated, and no TCP either), wrong_id wrong_name
 * wrong_type wrong_class (the answer is not for the question), garbage. A name is NXDOMAIN when
 * nothing is at it or below it. Names in the zone may have \DDD for any byte.
 */
#ifndef NET_ZONE_H
#define NET_ZONE_H

#include "base/buf.h"
#include "base/rc.h"

enum { ZONE_CONNECTIONS = 32 };

struct zone;

/* Serve on 127.0.0.1; port 0: any that is free. */
enum rc zone_new(const char *text, uint16_t port, struct zone **out, struct buf *why) MUST_CHECK;
void zone_free(struct zone **);
uint16_t zone_port(const struct zone *);
/* "127.0.0.1@PORT", as dns.forward takes it. */
void zone_forward(const struct zone *, char out[32]);

/* Another zone from now on. */
enum rc zone_load(struct zone *, const char *text, struct buf *why) MUST_CHECK;
/* Take questions, answer none: a dead server. */
void zone_mute(struct zone *, bool mute);
/* Questions received for this name and type ("A"); NULL: for any. */
unsigned zone_asked(struct zone *, const char *name, const char *type);

#endif
