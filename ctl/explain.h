/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* explain.h - one answer of the gate as a tree that a person reads
 *
 * Input    the JSON of gate/result_json.h with `explain`, or of gate/trace.h
 * Units    milliseconds, points, bytes
 * Limits   out->max
 * Memory   appends to the caller's buf
 * Errors   none: a member that is missing is left out
 * Threads  one
 * Source   every text of the message is escaped: see notice.h
 */
#ifndef CTL_EXPLAIN_H
#define CTL_EXPLAIN_H

#include <json-c/json.h>

#include "base/buf.h"

void explain_format(const struct json_object *answer, struct buf *out);
/* The phases of gate/trace.h, one branch each. */
void explain_trace(const struct json_object *answer, struct buf *out);

#endif
