/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* record_json.h - records and events as lines of JSON: for the spill and for backups
 *
 * Input    record_json_read: lines of ours, which a crash may have cut short
 * Units    as record.h
 * Limits   none of its own
 * Memory   what was read lives in the pool
 * Errors   RC_BAD: no such line
 * Threads  reentrant
 * Source   {"record":{...}} or {"event":{...}}
 */
#ifndef STORE_RECORD_JSON_H
#define STORE_RECORD_JSON_H

#include "base/buf.h"
#include "store/records_ops.h"

/* With a line feed. */
void record_json_write(const struct records_item *, struct buf *out);
enum rc record_json_read(struct pool *, struct str line, struct records_item *out) MUST_CHECK;

#endif
