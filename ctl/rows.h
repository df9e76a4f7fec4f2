/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* rows.h - records of the ledger as lines: for people in columns, for programs as JSON
 *
 * Input    summaries as records_find gives them; texts of mail
 * Units    cells of a terminal
 * Limits   ROWS_LINE bytes of a line
 * Memory   none kept
 * Errors   none
 * Threads  one
 * Source   store/record.h
 */
#ifndef CTL_ROWS_H
#define CTL_ROWS_H

#include <json-c/json.h>

#include "base/buf.h"
#include "store/records.h"

enum { ROWS_LINE = 64 * 1024 };

/* Column headings. */
void rows_head(struct buf *);
void rows_put(const struct record *, struct buf *);
/* The same facts under names; add what the caller knows. */
struct json_object *rows_object(const struct record *);

/* A recipient in the quarantine. */
void rows_entry_head(struct buf *);
void rows_entry_put(const struct entry *, struct buf *);
struct json_object *rows_entry_object(const struct entry *);

#endif
