/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* refusals.h - remember what was refused or deferred, so that its reference can be explained
 *
 * Input    what the gate knew when it answered; texts of clients, any bytes
 * Units    wall clock in milliseconds
 * Limits   gate_conf.refusals_max bytes, twice; see store/journal.h
 * Memory   none kept
 * Errors   none: mail does not wait for it, and a disk that fails loses only the explanation
 * Threads  any
 * Source   one JSON object a line, as result_json.h, with `where`
 */
#ifndef GATE_REFUSALS_H
#define GATE_REFUSALS_H

#include "gate/result_json.h"
#include "store/journal.h"

/* Where they are: STATE_DIR/refusals.jsonl. */
struct str refusals_path(struct pool *, struct str state_dir);
void refusals_keep(struct journal *, const struct result_where *, const struct result *);

/* Could this be a reference that a client was given? */
bool refusals_is_id(struct str);

#endif
