/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* processes.h - the processes below sekimorid's master, with their memory
 *
 * Input    /proc
 * Units    kilobytes
 * Limits   PROCESSES_MAX
 * Memory   the caller's array
 * Errors   a process that went away meanwhile is left out; pss_kb is -1 when this user may not
 *          know it (workers are not dumpable: only root may)
 * Threads  one
 * Source   proc(5): stat, cmdline, statm, smaps_rollup
 */
#ifndef CTL_PROCESSES_H
#define CTL_PROCESSES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROCESSES_MAX = 512 };

struct process {
	pid_t pid, parent;
	const char *role;	/* "master", "gate", "zygote", "worker" */
	int64_t rss_kb, pss_kb;
};

size_t processes_below(pid_t master, struct process out[PROCESSES_MAX]);

#endif
