/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* edits.h - all that is to be done to the header of a message, in its order
 *
 * Input    a transaction that was judged, a result, what a worker made of the body
 * Units    none
 * Limits   those of fields.h, resfields.h and seal.h
 * Memory   in the pool of the message
 * Errors   edits_plan: false, the worker asks for fields that are none of its business
 * Threads  that of the session
 * Source   none
 */
#ifndef GATE_EDITS_H
#define GATE_EDITS_H

#include "gate/session.h"

/* conf, result: those that hold for who gets it. Appends struct field_edit. */
bool edits_plan(struct gate_session *, const struct conf *, const struct result *, const struct pipeline_edit *,
    struct vec *out) MUST_CHECK;

#endif
