/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* records_spill.h - records and events while the store that they belong to is down
 *
 * Input    what the store did not take
 * Units    bytes
 * Limits   SPILL_LINE bytes of a record; SPILL_PIECE and one record are in memory at once; the disk
 * Memory   one at a time
 * Errors   RC_TEMP: the disk does not take it either
 * Threads  the writer of a gate
 * Source   STATE_DIR/ledger/spill.jsonl, a JSON object a line, on the disk when spill_add returns. What was
 *          written is tried again as a whole until the store takes it: the same record twice is one. What it will
 *          never take must not keep the others: it goes to STATE_DIR/ledger/refused.jsonl, where somebody can look
 */
#ifndef STORE_RECORDS_SPILL_H
#define STORE_RECORDS_SPILL_H

#include <limits.h>
#include <stdatomic.h>

#include "store/records_ops.h"

enum { SPILL_LINE = 32 * 1024 * 1024, SPILL_PIECE = 16 * 1024 * 1024, SPILL_BATCH = 200 };

struct spill {
	char path[PATH_MAX], refused_path[PATH_MAX];
	struct log_ctx lc;
	_Atomic uint64_t waiting;	/* lines in it */
	_Atomic uint64_t refused;	/* lines in the other one */
};

/* What a gate before this one left is waiting, too. */
void spill_init(struct spill *, struct str state_dir, struct log_ctx);
/* Those with RC_TEMP; they have RC_OK when they are in the file. */
void spill_add(struct spill *, struct records_item *, size_t n);
/* Those with RC_BAD; they have RC_OK when they are in the file of what was refused, else RC_TEMP. */
void spill_refuse(struct spill *, struct records_item *, size_t n);
/* Hand all to the store; RC_OK: nothing waits any more. */
enum rc spill_replay(struct spill *, const struct records_ops *, void *store) MUST_CHECK;

#endif
