/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* repeat.h - a held message whose sender did not hear that we have it, and sends it again
 *
 * Input    a transaction that is to be held for all of its recipients
 * Units    milliseconds
 * Limits   REPEAT_MS back; REPEAT_TRIES candidates are looked at
 * Memory   in the pool of the message
 * Errors   none: what cannot be found or compared is held as a message of its own
 * Threads  that of the session
 * Source   RFC 1047: an answer may be lost behind the commit, also to ourselves, who send mail again at the end of a hold.
 *          The same is who sends it, to whom, in the same quarantine, and each byte, Message-ID and Date among them: nothing
 *          that somebody sends can stand in for another thing. It is only joined while the first is held for all its
 *          recipients, and each time leaves an event with it
 */
#ifndef GATE_REPEAT_H
#define GATE_REPEAT_H

#include "gate/session.h"

enum { REPEAT_TRIES = 16, REPEAT_MS = 5 * 86400 * 1000 };

/* True: `id` has it, and its ledger knows that it came again. */
bool repeat_joins(struct gate_session *, struct str *id);

#endif
