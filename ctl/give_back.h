/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* give_back.h - let mail of the quarantine go, and keep it for learning
 *
 * Input    an entry of the quarantine as the operator named it
 * Units    none
 * Limits   of response/release.h
 * Memory   none kept
 * Errors   the exit status; what went wrong is said
 * Threads  one
 * Source   response/release.h
 */
#ifndef CTL_GIVE_BACK_H
#define CTL_GIVE_BACK_H

#include "memory.h"
#include "response/release.h"

struct give_back {
	const struct memory *m;
	struct pool *pool;
	struct str word, id;		/* as it was named; the record's */
	size_t number;
	struct str to;			/* another address, or empty */
	enum release_report as;		/* report: what it is */
	const struct str *message;	/* report: of mail that was not kept; or NULL */
};

int give_back_release(const struct give_back *);
int give_back_report(const struct give_back *);
int give_back_delete(const struct give_back *);

#endif
