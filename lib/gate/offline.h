/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* offline.h - a message from a file through every phase, as if an MTA had brought it
 *
 * Input    what sekimorictl says of the session; a finished spool
 * Units    none
 * Limits   struct limits of the snapshot
 * Memory   results live in the pool
 * Errors   none: every message has an outcome
 * Threads  any number, one per message
 * Source   pipeline.h; a phase runs when the session holds what it asks about
 */
#ifndef GATE_OFFLINE_H
#define GATE_OFFLINE_H

#include "gate/pipeline.h"

void offline_scan(struct gate *, const struct conf *, const struct session *, const struct spool *,
    struct pool *, struct log_ctx, struct result *out);

#endif
