/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* journal.h - append lines to a file without ever making mail wait for a disk
 *
 * Input    lines without their line feed
 * Units    bytes, milliseconds
 * Limits   JOURNAL_QUEUE lines wait for the disk; what comes beyond is dropped and counted. A file over
 *          `max` is renamed to PATH.1, and a new one begun: together twice `max`. A day's file that is
 *          full takes no more lines
 * Memory   lines are copied
 * Errors   journal_open: RC_TEMP, no thread. A disk that is full or gone is said once in the log, and
 *          once more when it is well again
 * Threads  any call journal_put; one thread of its own writes, JOURNAL_GATHER_MS behind
 * Source   write(2) with O_APPEND: one call a line, so that readers see whole lines
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stdint.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/rc.h"

enum { JOURNAL_QUEUE = 4096, JOURNAL_LINE = 256 * 1024, JOURNAL_GATHER_MS = 10 };

struct journal;

/* The file is made when the first line comes; its folder must be there by then. */
enum rc journal_open(struct str path, uint64_t max, struct log_ctx, struct journal **out) MUST_CHECK;
/* A file for each day (UTC), DIR/YYYY-MM-DD.jsonl; the folder is made. Files of days more than keep_days
 * ago are removed when a day begins. */
enum rc journal_open_daily(struct str dir, uint64_t max, int64_t keep_days, struct log_ctx,
    struct journal **out) MUST_CHECK;
/* Writes what waits. */
void journal_close(struct journal **);
/* NULL: nothing is kept. */
void journal_put(struct journal *, struct str line);
uint64_t journal_dropped(const struct journal *);
/* Wait until everything put so far is in the file, at most until the deadline (monotonic). */
void journal_flush(struct journal *, int64_t deadline_ms);

/* Call `each` for every whole line of PATH.1 and PATH that has `word` in it, oldest first. Returns
 * how many there were. A line that is cut short by a crash is skipped. */
size_t journal_find(struct str path, struct str word, void (*each)(void *arg, struct str line), void *arg);

#endif
