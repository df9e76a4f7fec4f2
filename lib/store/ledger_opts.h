/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* ledger_opts.h - options of the ledger, for those who write it and those who tidy it up
 *
 * Input    none
 * Units    milliseconds
 * Limits   of the rows
 * Memory   values live in the configuration
 * Errors   of the rows
 * Threads  constants only
 * Source   none
 */
#ifndef STORE_LEDGER_OPTS_H
#define STORE_LEDGER_OPTS_H

#include "conf/opt.h"

enum ledger_text { LEDGER_PLAIN, LEDGER_HASHED, LEDGER_OMITTED };
enum ledger_on_fail { LEDGER_TEMPFAIL, LEDGER_ACCEPT };

struct ledger_conf {
	bool enable;
	int64_t keep_ms;
	int subject;			/* enum ledger_text */
	int addresses;			/* enum ledger_text, not LEDGER_OMITTED */
	int on_fail;			/* enum ledger_on_fail */
};
extern const struct opt_table ledger_table;

#endif
