/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* progress.h - tell waiting MTAs that a long scan goes on
 *
 * Input    contexts that are at the end of their message
 * Units    milliseconds
 * Limits   one list entry for each message at work, in the caller's storage
 * Memory   an entry belongs to its callback, from progress_begin to progress_end
 * Errors   a thread that cannot start: RC_TEMP
 * Threads  one of its own. Between begin and end the callback must not talk to the MTA:
 *          this thread may be doing it
 * Source   smfi_progress; Postfix milter_content_timeout (300 s) starts anew with each of them
 */
#ifndef MILTER_PROGRESS_H
#define MILTER_PROGRESS_H

#include <libmilter/mfapi.h>
#include <stdint.h>

#include "base/rc.h"

struct progress {
	SMFICTX *ctx;
	int64_t every_ms, next_ms;
	struct progress *before, *after;
};

enum rc progress_start(void) MUST_CHECK;
void progress_begin(struct progress *, SMFICTX *, int64_t every_ms);
void progress_end(struct progress *);

#endif
