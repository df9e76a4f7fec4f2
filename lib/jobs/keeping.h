/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* keeping.h - options of the jobs that look after what is stored: ends of holds, and what is to be forgotten
 *
 * Input    none
 * Units    milliseconds, bytes
 * Limits   of the rows
 * Memory   values live in the configuration
 * Errors   of the rows
 * Threads  constants only
 * Source   none
 */
#ifndef JOBS_KEEPING_H
#define JOBS_KEEPING_H

#include "conf/opt.h"

struct holds_conf {
	int64_t interval_ms, deadline_ms, retry_ms;
};
extern const struct opt_table holds_table;

struct purge_conf {
	int64_t interval_ms, deadline_ms;
	int64_t quota;			/* bytes of all bodies; 0: none */
	struct opt_list quota_kinds;	/* of which quarantines the oldest goes then */
};
extern const struct opt_table purge_table;

#endif
