/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* thread.h - start a thread that no signal reaches
 *
 * Input    a function
 * Units    bytes
 * Limits   THREAD_STACK for every thread of the process, libmilter's too
 * Memory   none
 * Errors   RC_TEMP: no thread could be started
 * Threads  the new one is detached; all signals are blocked in it, because libmilter waits for
 *          them in a thread of its own and their default action would end the process
 * Source   pthread_setattr_default_np(3); libmilter starts a thread for each command at work
 */
#ifndef MILTER_THREAD_H
#define MILTER_THREAD_H

#include "base/rc.h"

enum { THREAD_STACK = 1024 * 1024 };

/* Before the first thread. */
void thread_defaults(void);
enum rc thread_start(void *(*run)(void *), void *arg) MUST_CHECK;

#endif
