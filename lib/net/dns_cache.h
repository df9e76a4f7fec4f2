/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dns_cache.h - answers that are asked for again within their time
 *
 * Input    names as dns_name_key makes them
 * Units    bytes; milliseconds on the monotonic clock
 * Limits   DNS_CACHE_WAYS answers whose names fall together; `max` bytes in all
 * Memory   holds answers; what does not fit displaces what is oldest
 * Errors   none: what is not kept is asked again
 * Threads  locks itself
 * Source   RFC 2181 8, RFC 2308 5. libunbound has a cache too, but a question to it costs
 *          a trip through its thread (20 us), and it answers nothing while its server is dead
 */
#ifndef NET_DNS_CACHE_H
#define NET_DNS_CACHE_H

#include "net/dns_in.h"

enum { DNS_CACHE_WAYS = 8 };

struct dns_cache;

struct dns_cache *dns_cache_new(size_t max);
void dns_cache_free(struct dns_cache **);
void dns_cache_put(struct dns_cache *, enum dns_type, const char *key, struct dns_packed *, int64_t until_ms);
/* One holder for the caller, or NULL. */
struct dns_packed *dns_cache_get(struct dns_cache *, enum dns_type, const char *key, int64_t now_ms);

#endif
