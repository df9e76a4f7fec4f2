/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dnsbl_find.h - what DNS lists say, as findings: for the checks that ask them
 *
 * Input    scan and its services; without them nothing is asked
 * Units    none
 * Limits   DNSBL_HITS findings for one thing
 * Memory   from scan->pool
 * Errors   none
 * Threads  one per scan
 * Source   none
 */
#ifndef CHECK_DNSBL_FIND_H
#define CHECK_DNSBL_FIND_H

#include "check/check.h"
#include "check/dnsbl.h"

/* Our own users, and what comes from this machine, are nobody's to judge. */
bool dnsbl_is_stranger(const struct session *);
void dnsbl_ask(const struct scan *, const struct dnsbl_item *);
/* One finding for each list that has it: `good` for lists of the good. What was asked stands in the
 * evidence unless it is a file, which is named by its part. */
void dnsbl_find(const struct scan *, struct report *, const struct dnsbl_item *, size_t part,
    const struct finding_def *bad, const struct finding_def *good);

#endif
