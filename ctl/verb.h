/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb.h - what a verb of sekimorictl is, and the table of all of them
 *
 * Input    the operator's words
 * Units    none
 * Limits   none
 * Memory   constants
 * Errors   run returns the exit status: sysexits(3), but 0, 1, 2 for scan and explain
 * Threads  the table is constant; run is called once
 * Source   to add a verb: a file verb_NAME.c and a line in verbs.list
 */
#ifndef CTL_VERB_H
#define CTL_VERB_H

#include "args.h"

struct way;

struct verb {
	const char *name;
	const char *words;			/* what follows the options: "FILE|DIR|-..." */
	const char *help;			/* one line */
	const struct args_opt *opts;		/* ended by a row without name; order is the index in args_next */
	int (*run)(struct args *);
	const struct way *ways;			/* of its first word; or NULL */
	const char *(*choice)(size_t i);	/* what its words may be, up to NULL; or NULL */
	const char *(*value)(int option, int i);	/* what the value of an option may be, up to NULL; or NULL */
	int wrong_words;			/* exit status in place of EX_USAGE; 0: EX_USAGE */
};

extern const struct verb *const verbs[];	/* ended by NULL */
const struct verb *verb_find(const char *name);

#define VERB(name) extern const struct verb verb_##name;
#include "verbs.list"
#undef VERB

#endif
