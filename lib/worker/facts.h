/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* facts.h - what the top header says, decoded for log, ledger and people
 *
 * Input    a parsed message
 * Units    bytes
 * Limits   FACTS_BYTES per field, cut between characters
 * Memory   in the report's pool
 * Errors   none: a missing field is empty; defects of the fields join the report's
 * Threads  reentrant
 * Source   RFC 5322 3.6
 */
#ifndef WORKER_FACTS_H
#define WORKER_FACTS_H

#include "message/mime.h"
#include "scan/report.h"

enum { FACTS_BYTES = 1000 };

void facts_collect(const struct message *, struct report *);

#endif
