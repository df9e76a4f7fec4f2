/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* nested.h - URLs that stand inside a URL: where redirectors may lead
 *
 * Input    a URL as url_parse gives it
 * Units    bytes
 * Limits   NESTED_PER_URL of one URL, NESTED_ROUNDS of percent-decoding
 * Memory   results live in the pool
 * Errors   none
 * Threads  reentrant
 * Source   habits of redirectors: ?url=http%3A%2F%2F..., encoded once or twice, or /http://... in the path
 */
#ifndef LINK_NESTED_H
#define LINK_NESTED_H

#include "link/url.h"

enum { NESTED_PER_URL = 4, NESTED_ROUNDS = 2 };

/* Texts that begin with http:// or https://, to be read by url_parse. Returns how many. */
size_t nested_urls(struct pool *, const struct url *, struct str out[NESTED_PER_URL]);

#endif
