/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* logsink.h - where the lines of base/log.h go
 *
 * Input    finished lines
 * Units    none
 * Limits   none
 * Memory   none
 * Errors   a line that cannot be written is dropped
 * Threads  logsink_init before there are any; the rest by all
 * Source   syslog(3), facility mail
 */
#ifndef MILTER_LOGSINK_H
#define MILTER_LOGSINK_H

#include "base/log.h"
#include "gate/settings.h"

/* Fill in `log` as the configuration says. name: of the process, for the lines. */
void logsink_init(struct log *, const struct gate_conf *, const char *name);

#endif
