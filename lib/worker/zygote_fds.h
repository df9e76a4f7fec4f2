/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* zygote_fds.h - the descriptors that a zygote is born with, besides stderr
 *
 * Input    none
 * Units    none
 * Limits   none
 * Memory   none
 * Errors   none
 * Threads  constants only
 * Source   zygote_start.c puts them there, zygote.c takes them
 */
#ifndef WORKER_ZYGOTE_FDS_H
#define WORKER_ZYGOTE_FDS_H

enum { ZYGOTE_CONF_FD = 3, ZYGOTE_SUPERVISOR_FD = 4 };

#endif
