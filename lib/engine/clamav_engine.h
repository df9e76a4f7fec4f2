/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* clamav_engine.h - what clamav.c and clamav_load.c share
 *
 * Input    none
 * Units    none
 * Limits   lim
 * Memory   clamav_open allocates, clamav_close frees
 * Errors   none
 * Threads  none
 * Source   none
 */
#ifndef ENGINE_CLAMAV_ENGINE_H
#define ENGINE_CLAMAV_ENGINE_H

#include <clamav.h>

#include "engine/clamav.h"
#include "engine/clamav_split.h"

struct clamav {
	struct cl_engine *content;	/* every signature */
	struct cl_engine *mail;		/* those that need the mail around a part; NULL: there are none */
	enum clamav_depth depth;	/* how deep the mail engine must look */
	struct limits lim;
	uint64_t signatures, mail_signatures;
	size_t files;
	bool official;
};

void clamav_set_callbacks(struct cl_engine *);
void clamav_on_message(enum cl_msg, const char *full, const char *text, void *context);

#endif
