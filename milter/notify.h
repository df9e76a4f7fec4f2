/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* notify.h - tell the service manager how we are
 *
 * Input    NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment
 * Units    milliseconds
 * Limits   none
 * Memory   none
 * Errors   none: without a service manager nothing happens
 * Threads  one
 * Source   sd_notify(3): datagrams of VARIABLE=value lines
 */
#ifndef MILTER_NOTIFY_H
#define MILTER_NOTIFY_H

#include <stdint.h>

#include "base/rc.h"

void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
void notify_status(const char *status);
void notify_alive(void);
/* How often notify_alive is wanted: half the watchdog's time; 0: not at all. */
int64_t notify_alive_ms(void);

#endif
