/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* killers.h - keep the messages that ended a worker twice, for the operator
 *
 * Input    a finished spool's descriptor
 * Units    bytes
 * Limits   KILLERS_MAX files of at most KILLERS_BYTES; when full, nothing more is kept
 * Memory   none
 * Errors   none: what cannot be kept is said in the log
 * Threads  any; files are created exclusively
 * Source   none. Files are state_dir/killers/SHA256.eml, mode 0600: the same message is kept once
 */
#ifndef GATE_KILLERS_H
#define GATE_KILLERS_H

#include "base/log.h"

enum { KILLERS_MAX = 50, KILLERS_BYTES = 64 * 1024 * 1024 };

void killers_keep(struct str state_dir, int fd, uint64_t size, struct log_ctx);

#endif
