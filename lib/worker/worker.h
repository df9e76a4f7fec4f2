/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* worker.h - the process that reads hostile bytes
 *
 * Input    jobs of its client, with messages as descriptors
 * Units    none
 * Limits   conf->recycle messages, then it ends; lim for everything it reads
 * Memory   one pool, emptied after each message; private memory that does not go back
 *          beyond WORKER_GROWTH ends the worker as well
 * Errors   at start: WIRE_FAILED with text, then the end. Later: what cannot be read is
 *          reported unscanned
 * Threads  none
 * Source   lib/README.md, "Processes"
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include <sys/types.h>

#include "base/log.h"
#include "engine/engine.h"
#include "worker/workers.h"

enum { WORKER_GROWTH = 32 * 1024 * 1024 };

struct worker_start {
	struct engine *engine;
	const struct conf *conf;
	const struct limits *lim;
	const struct worker_conf *opts;
	struct log_ctx lc;
	pid_t zygote;
	int sock;			/* to the client */
	const char *tmp_dir;		/* its own */
};

/* The whole life of a worker; called in the forked child. */
_Noreturn void worker_main(const struct worker_start *);

#endif
