/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dnsbl_names.h - the names that are asked in the zone of a list
 *
 * Input    addresses, domains, mailboxes as strangers wrote them; digests
 * Units    none
 * Limits   DNSBL_NAMES for one question
 * Memory   names live in the pool
 * Errors   none: what cannot or need not be asked gives no name
 * Threads  reentrant
 * Source   RFC 5782 2.1, 2.2, 2.4; RFC 4648 6 (base32); RFC 6890 (addresses that are nobody's)
 */
#ifndef CHECK_DNSBL_NAMES_H
#define CHECK_DNSBL_NAMES_H

#include "check/dnsbl_lists.h"

enum { DNSBL_NAMES = 1 };

/* How many names; 0 when this list is not asked about it. */
size_t dnsbl_names(struct pool *, const struct dnsbl_list *, const struct dnsbl_item *, struct str out[DNSBL_NAMES]);
/* The same for an entry that tests the list. */
struct str dnsbl_test_name(struct pool *, const struct dnsbl_list *, struct str entry);

#endif
