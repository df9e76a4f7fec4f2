/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* copies.h - recipients that do not stay in the transaction: their copies, and their leaving
 *
 * Input    the parties of the session's result
 * Units    milliseconds
 * Limits   release.deadline for all copies of one message; marks are kept COPIES_MARK_MS
 * Memory   in the pool of the message; files until copies_close
 * Errors   RC_TEMP: one could not be given to the mail server: all recipients must come again. Those that had their copy
 *          are remembered by counters, and get no second one
 * Threads  copies_leave talks to the MTA, the others do not (see progress.h)
 * Source   response/pass.h, PASS_COPY: the copy comes to this gate again and is let by. libmilter's smfi_delrcpt
 */
#ifndef MILTER_COPIES_H
#define MILTER_COPIES_H

#include <libmilter/mfapi.h>

#include "milter/mta.h"

enum { COPIES_MARK_MS = 12 * 3600 * 1000 };

struct copies {
	struct pipeline_edit *edit;	/* one for each party; only those of copied ones are used */
	size_t n;
};

/* Edit the body for each party that is copied. One that cannot be edited as policy wants is kept instead. */
void copies_prepare(struct mta *, struct copies *);
enum rc copies_send(struct mta *, const struct copies *) MUST_CHECK;
/* All who do not stay. False: the MTA did not go along. */
bool copies_leave(SMFICTX *, const struct mta *);
/* The MTA was told that it has the message: it will not come again. */
void copies_forget(const struct mta *);
void copies_close(struct copies *);

#endif
