/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* recall.h - one message of the ledger, told as a whole
 *
 * Input    a record, its recipients and events
 * Units    milliseconds
 * Limits   RECALL_TEXT bytes
 * Memory   appends to the caller's buf
 * Errors   recall_get: RC_NONE, RC_TEMP
 * Threads  one
 * Source   the doc of a record is the explanation of gate/result_json.h; what is told of recipients and events is of
 *          now, not of then
 */
#ifndef CTL_RECALL_H
#define CTL_RECALL_H

#include <json-c/json.h>

#include "memory.h"

enum { RECALL_TEXT = 64 * 1024 * 1024 };

/* The doc with "recipients" of now and "events"; the caller's. id: of a record. */
enum rc recall_get(const struct memory *, struct pool *, struct str id, struct json_object **out) MUST_CHECK;
/* What explain_format does not: recipients and events. */
void recall_format(const struct json_object *, struct buf *out);

#endif
