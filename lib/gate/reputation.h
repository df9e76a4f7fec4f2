/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* reputation.h - what the operator asks about reputations, and sets
 *
 * Input    a request of the control socket: op is show, set, forget or list
 * Units    tenths; milliseconds of wall clock
 * Limits   REPUTATION_LIST entries of a kind
 * Memory   the answer is in the caller's buf
 * Errors   a request that makes no sense is answered with its error (control_put_error)
 * Threads  any
 * Source   lib/history/history.h. The answers: show has name, known, score, band, new, why and, where it is
 *          so, asn, country, override; keys has for each identity kind, name, good, bad, first_ms, last_ms,
 *          score, band. forget has forgotten, a list of texts, and `why`. list has keys and overrides
 */
#ifndef GATE_REPUTATION_H
#define GATE_REPUTATION_H

#include "gate/control_msg.h"
#include "gate/pipeline.h"

enum { REPUTATION_LIST = 1000 };

void reputation_answer(const struct gate *, const struct conf *, const struct control_request *, struct pool *,
    struct buf *out);

#endif
