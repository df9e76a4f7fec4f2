/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* hugepages.h - put what the engines loaded into large pages
 *
 * Input    the process' own memory map
 * Units    bytes
 * Limits   regions of HUGEPAGES_REGION bytes and more
 * Memory   the kernel copies one large page at a time, so one more must be free; afterwards
 *          the memory is the same, shared by forked workers as before
 * Errors   none: what the kernel does not do stays in small pages, and only costs time
 * Threads  none: call it in the zygote after loading, before the first fork
 * Source   madvise(2), MADV_COLLAPSE of Linux 6.1. libclamav's automata are tens to hundreds of
 *          megabytes that are read in no order: most of their time is spent on misses of the
 *          address cache. Measured by test/bench/engine_bench: about a seventh less CPU
 */
#ifndef ENGINE_HUGEPAGES_H
#define ENGINE_HUGEPAGES_H

#include <stdint.h>

#include "base/str.h"

enum { HUGEPAGES_REGION = 4 * 1024 * 1024 };

/* Returns how many bytes are in large pages now. */
uint64_t hugepages_collapse(void);

/* One line of /proc/self/maps: is it private writable memory without a file? Then its bounds. */
bool hugepages_region(struct str line, uint64_t *from, uint64_t *to);

#endif
