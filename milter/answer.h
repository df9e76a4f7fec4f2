/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* answer.h - carry out the outcome of a message: changes, quarantine, reply
 *
 * Input    the session's result
 * Units    none
 * Limits   body chunks of ANSWER_CHUNK bytes
 * Memory   the new message is a file descriptor, closed by answer_give
 * Errors   parts that cannot be taken out: the message is quarantined instead; links that cannot be changed:
 *          links.on_fail. A change that the MTA does not take, and what cannot be stored: the message is deferred
 * Threads  answer_prepare does not talk to the MTA (see progress.h), answer_give does
 * Source   libmilter's smfi_addheader, smfi_chgheader, smfi_replacebody, smfi_quarantine
 */
#ifndef MILTER_ANSWER_H
#define MILTER_ANSWER_H

#include <libmilter/mfapi.h>

#include "milter/copies.h"

enum { ANSWER_CHUNK = 65535 };

struct answer {
	struct pipeline_edit edit;	/* edit.message < 0: the body stays */
	struct copies copies;
	bool uncopied;			/* a copy could not be given to the mail server: all must come again */
	bool held;			/* our quarantine has it: the MTA is to forget it */
	bool unstored;			/* it can be recorded nowhere: it must come again */
};

void answer_prepare(struct mta *, struct answer *);
sfsistat answer_give(SMFICTX *, struct mta *, struct answer *);

#endif
