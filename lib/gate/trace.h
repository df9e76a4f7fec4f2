/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* trace.h - what would happen to a connection, phase by phase, without a message
 *
 * Input    a session that the operator made up
 * Units    times in microseconds
 * Limits   those of the phases: each has the deadline it has for a real client
 * Memory   work in the pool; appends one JSON object to the caller's buf
 * Errors   none: a phase that nothing is known about says so in its checks
 * Threads  any
 * Source   result_json.h for the object of a phase, with `reply`, the words a client would be
 *          given, and `ends`, true where a real client would get no further
 */
#ifndef GATE_TRACE_H
#define GATE_TRACE_H

#include "gate/pipeline.h"

void trace_json(const struct gate *, const struct conf *, const struct session *, struct pool *,
    struct log_ctx, struct buf *out);

#endif
