/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* burst.h - hold a link that is clicked more often than people click
 *
 * Input    a token; the time
 * Units    milliseconds, monotonic
 * Limits   BURST_SLOTS links are counted at the same time; where two share a place the older is forgotten
 * Memory   one table for the life of the process
 * Errors   none
 * Threads  any
 * Source   hash_sip: who does not know the key cannot make links share a place
 */
#ifndef WEB_BURST_H
#define WEB_BURST_H

#include <stdint.h>

#include "base/str.h"

enum { BURST_SLOTS = 16384 };

struct burst;

struct burst *burst_new(void);
void burst_free(struct burst **);
/* One more. 0: let it pass; else how long it is held. Once `max` were counted within span_ms, the link is held
 * for span_ms from the last click on. */
int64_t burst_hold(struct burst *, struct str what, int64_t max, int64_t span_ms, int64_t now_ms);

#endif
