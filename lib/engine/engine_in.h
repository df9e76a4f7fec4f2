/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* engine_in.h - what engine.c and the inspection share
 *
 * Input    none
 * Units    none
 * Limits   lim
 * Memory   engine_open allocates, engine_close frees; the buffers are reused by each message
 * Errors   none
 * Threads  none
 * Source   none
 */
#ifndef ENGINE_ENGINE_IN_H
#define ENGINE_ENGINE_IN_H

#include "engine/clamav.h"
#include "engine/clean.h"
#include "engine/engine.h"
#include "engine/yara.h"

struct engine {
	struct conf *snapshot;
	const struct engine_conf *conf;
	struct limits lim;
	struct log_ctx lc;
	struct pool *pool;
	struct engine_info info;
	struct clamav *clamav;		/* NULL: off */
	struct yara *yara;		/* NULL: off */
	struct clean *clean;		/* in a worker; NULL: off */
	struct buf decoded, utf8, visible;	/* in a worker; see inspect.c */
	bool proven;			/* the canary passed */
};

#endif
