/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* keep.h - store what is to be stored of a message, before anything is said of it
 *
 * Input    a transaction that was judged; what its edit changed
 * Units    none
 * Limits   records.deadline_ms for each of body and record
 * Memory   none kept
 * Errors   RC_TEMP: it must be answered 4xx, nothing of it is held
 * Threads  that of the session
 * Source   the body first, then the record that names it: a crash between them leaves a body that a job removes.
 *          After both are on the disk the message is accepted
 */
#ifndef GATE_KEEP_H
#define GATE_KEEP_H

#include "gate/session.h"

/* Will our own quarantine take it, so that the MTA is to forget it? */
bool keep_holds(const struct gate_session *);
/* What is kept for whom the fate of its party says, and what the party is given (parties.h). */
enum rc keep_message(struct gate_session *) MUST_CHECK;
/* It was recorded, but the MTA did not go along: it is not delivered. */
void keep_undone(struct gate_session *, struct str why);

#endif
