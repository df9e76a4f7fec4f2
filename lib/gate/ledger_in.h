/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* ledger_in.h - pieces of a record, between the files of ledger.h
 *
 * Input    as ledger.h; names as they are to stand in the ledger
 * Units    none
 * Limits   as ledger.h
 * Memory   in in->pool
 * Errors   none
 * Threads  reentrant
 * Source   ledger.h
 */
#ifndef GATE_LEDGER_IN_H
#define GATE_LEDGER_IN_H

#include "gate/ledger.h"

/* What may stand in the ledger: the same as in the message, or in other words. */
struct ledger_names {
	struct str mail_from, from, reply_to, subject;
	const struct str *rcpts;
	size_t n_rcpts;
};

/* What an engine calls a finding of its own; or empty. */
struct str ledger_rule(const struct finding *);
/* The doc, as text of JSON. */
struct str ledger_doc(const struct ledger_stores *, const struct ledger_in *, const struct ledger_names *,
    const struct record *);
/* Append struct observable. The subject's words are those of `words`: hashed ones look like nothing. */
void ledger_observables(const struct ledger_in *, const struct ledger_names *, const struct record *, struct vec *out);

#endif
