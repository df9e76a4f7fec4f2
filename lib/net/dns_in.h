/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dns_in.h - what the files of the resolver share
 *
 * Input    rdata of any server; names in presentation form
 * Units    seconds for a ttl, milliseconds for clocks
 * Limits   DNS_RECORDS of an answer, DNS_TEXT bytes of a text, DNS_NAME of a name
 * Memory   a packed answer is one block on the heap with a count of holders
 * Errors   rdata that cannot be read make the whole answer DNS_FAIL
 * Threads  packed answers never change; their count is atomic. The cache locks itself
 * Source   RFC 1035 3.3, RFC 3596, RFC 2181 5.2
 */
#ifndef NET_DNS_IN_H
#define NET_DNS_IN_H

#include <stdatomic.h>

#include "net/dns.h"

/* Presentation form with every byte as \DDD and a final NUL. */
enum { DNS_NAME_ESCAPED = DNS_NAME * 4 + 1 };

/* An answer on its own: the texts of its records lie behind them in the same block. */
struct dns_packed {
	atomic_uint holders;
	struct dns_answer answer;
	size_t bytes;			/* of the whole block */
	struct dns_record record[];
};

/* An answer without records. */
struct dns_packed *dns_packed_none(enum dns_rc, uint32_t ttl);
/* Read the rdata of one set of records; one holder. */
struct dns_packed *dns_packed_read(enum dns_type, const struct str *rdata, size_t n, uint32_t ttl);
struct dns_packed *dns_packed_get(struct dns_packed *);
void dns_packed_put(struct dns_packed **);
/* The same answer in a pool. */
const struct dns_answer *dns_packed_copy(const struct dns_packed *, struct pool *);

/* Lower case, without the final dot. False: cannot be asked. */
bool dns_name_key(struct str name, char key[DNS_NAME + 1]);
/* As libunbound wants to read it: a backslash starts an escape there, here it is a byte. */
void dns_name_escape(const char *key, char out[DNS_NAME_ESCAPED]);

#endif
