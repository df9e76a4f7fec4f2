/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* when.h - points in time as people write them, and as they read them
 *
 * Input    "2h", "30m", "14d" (ago); "today", "yesterday"; "2026-11-01", "2026-11-01 12:30[:15]" or with a T
 * Units    milliseconds since 1970
 * Limits   none
 * Memory   none kept
 * Errors   when_parse: false
 * Threads  one
 * Source   local time, as in the logs of an MTA
 */
#ifndef CTL_WHEN_H
#define CTL_WHEN_H

#include "base/buf.h"

#define WHEN_FORMS "a time ago such as 2h or 14d, today, yesterday, or a date such as 2026-11-01 or \"2026-11-01 12:30\""

bool when_parse(struct str, int64_t now_ms, int64_t *out);
/* "2026-11-01 12:30:15", 19 characters; "-" padded when 0. */
void when_put(struct buf *, int64_t ms);

#endif
