/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* warm.h - load what libraries load at first use, before the room is closed
 *
 * Input    none
 * Units    none
 * Limits   none
 * Memory   the conversions stay open, else the C library unloads their modules again
 * Errors   none: what is missing here is missing in the worker as well
 * Threads  zygote only
 * Source   glibc loads a gconv module per charset from disk (iconv_open(3)), libcrypto
 *          its digests and keys at the first call; a closed worker can open no file
 */
#ifndef WORKER_WARM_H
#define WORKER_WARM_H

struct charset_set;

struct warm {
	struct charset_set *charsets;
};

void warm_open(struct warm *);
void warm_close(struct warm *);

#endif
