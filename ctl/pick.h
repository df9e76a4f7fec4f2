/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* pick.h - which mail of the quarantine an operator means
 *
 * Input    values of options
 * Units    milliseconds
 * Limits   none of its own
 * Memory   values are borrowed
 * Errors   RC_TEMP: the ledger does not answer
 * Threads  one
 * Source   what the store can ask is asked of it; addresses and words of the subject are compared here, as the store
 *          knows only exact addresses. Case does not count
 */
#ifndef CTL_PICK_H
#define CTL_PICK_H

#include "memory.h"

struct pick {
	struct entries_query query;	/* kinds, states, times, before, max */
	struct str rcpt, sender, subject, finding;
};

/* Newest first. each: false ends it. */
enum rc pick_each(const struct memory *, const struct pick *, bool (*each)(void *arg, const struct entry *), void *arg)
    MUST_CHECK;

#endif
