/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* limits_opts.h - the limit.* options: the table behind struct limits
 *
 * Input    none
 * Units    as in base/limits.h
 * Limits   the bounds of the rows
 * Memory   constants
 * Errors   none
 * Threads  constants only
 * Source   values: ClamAV's defaults for mail, Postfix's limits, our measurements
 */
#ifndef CONF_LIMITS_OPTS_H
#define CONF_LIMITS_OPTS_H

#include "conf/opt.h"

extern const struct opt_table limits_table;	/* fills struct limits */

#endif
