/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* feed_find.h - what feeds say about one thing, as findings
 *
 * Input    what a client or a message says, any bytes
 * Units    none
 * Limits   INDICATOR_HITS findings for one thing; FEED_FIND_BYTES of a name that is looked up
 * Memory   scan->pool
 * Errors   none: without a table nothing is found
 * Threads  as the checks
 * Source   store/indicators.h
 */
#ifndef CHECK_FEED_FIND_H
#define CHECK_FEED_FIND_H

#include "scan/scan.h"
#include "store/indicators.h"

enum { FEED_FIND_BYTES = 320 };

/* role: what it is in this message, "helo". def: its row says `varies`. */
void feed_find_ip(const struct scan *, struct report *, const char *role, struct str addr,
    const struct finding_def *def);
/* Domains in the form of DNS or in UTF-8; mailboxes without < >. */
void feed_find_domain(const struct scan *, struct report *, const char *role, struct str domain,
    const struct finding_def *def);
/* A URL and its host, whichever a feed has; an entry that another URL of the message hit already is not said again. */
void feed_find_url(const struct scan *, struct report *, const char *role, size_t part, struct str url,
    const struct finding_def *def);
void feed_find_address(const struct scan *, struct report *, const char *role, struct str mailbox,
    const struct finding_def *def);
void feed_find_hash(const struct scan *, struct report *, size_t part, const unsigned char sha256[HASH_SHA256_BYTES],
    const struct finding_def *def);

#endif
