/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* ip.h - addresses and networks, IPv4 and IPv6
 *
 * Input    text of anybody: "192.0.2.1", "2001:db8::1", "192.0.2.0/24"
 * Units    bits
 * Limits   IP_TEXT bytes of text
 * Memory   plain data
 * Errors   false for what is no address; no names, no brackets, no zones ("%eth0")
 * Threads  reentrant
 * Source   RFC 4291 2.2 and 2.5.5.2; inet_pton(3): four numbers without leading zeros
 */
#ifndef BASE_IP_H
#define BASE_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/str.h"

enum { IP_TEXT = 64 };

struct ip {
	unsigned char b[16];	/* network order; IPv4: the first four, the rest is zero */
	unsigned bits;		/* 32 or 128 */
};

struct ip_net {
	struct ip ip;		/* as written, with its host bits */
	unsigned prefix;
};

/* Either family. An IPv4-mapped address (::ffff:192.0.2.1) is the IPv4 address. */
bool ip_parse(struct str, struct ip *out);
/* One family, as written. */
bool ip_parse_v4(struct str, struct ip *out);
bool ip_parse_v6(struct str, struct ip *out);
/* "address" or "address/prefix"; the prefix of a mapped address counts from its IPv6 form. */
bool ip_net_parse(struct str, struct ip_net *out);
/* From four or sixteen bytes in network order. */
struct ip ip_of_bytes(const unsigned char *b, unsigned bits);

bool ip_eq(const struct ip *, const struct ip *);
bool ip_in(const struct ip *, const struct ip_net *);	/* families that differ never match */
struct str ip_text(struct pool *, const struct ip *);

#endif
