/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* held.h - what `sekimorictl quarantine` does: each way, and what was ordered
 *
 * Input    words and options that were read
 * Units    none
 * Limits   HELD_MANY entries at a time
 * Memory   borrows the operator's words
 * Errors   said on stderr; exit statuses of sysexits(3). Of several mails the first that failed says it, and the
 *          others are done
 * Threads  one
 * Source   release, report and delete without an ID, and purge: all that the options pick, once it was agreed to
 */
#ifndef CTL_HELD_H
#define CTL_HELD_H

#include "pick.h"
#include "response/release.h"
#include "ways.h"

enum { HELD_ROWS = 50, HELD_MANY = 1000000 };

struct held_order {
	struct ways ways;
	struct pick pick;
	bool states_given, picked, check, yes, json;
	struct str to;
	enum release_report as;		/* RELEASE_REPORTS: not said */
	size_t picture;			/* 0: the page */
	const char *message;		/* a file; or NULL */
};

int held_list(struct ways *, const struct conf *);
int held_show(struct ways *, const struct conf *);
int held_export(struct ways *, const struct conf *);
int held_preview(struct ways *, const struct conf *);
int held_release(struct ways *, const struct conf *);
int held_report(struct ways *, const struct conf *);
int held_delete(struct ways *, const struct conf *);
int held_purge(struct ways *, const struct conf *);

#endif
