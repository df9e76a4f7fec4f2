/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* jobs.h - the process that does what is on a clock
 *
 * Input    frames of the master on LINK_FD
 * Units    none
 * Limits   none
 * Memory   lives as long as the process
 * Errors   the exit status: sysexits(3)
 * Threads  none: it forks
 * Source   lib/README.md, "Processes"; link.h
 */
#ifndef MILTER_JOBS_H
#define MILTER_JOBS_H

int jobs_main(void);

#endif
