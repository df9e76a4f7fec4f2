/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* ways.h - verbs that have ways of their own: `clicks list`, `quarantine release ID...`
 *
 * Input    the operator's words
 * Units    none
 * Limits   WAYS_WORDS words behind the way
 * Memory   words point into argv
 * Errors   said on stderr, with the nearest way; EX_USAGE
 * Threads  one
 * Source   a verb has a table of struct way, and a struct ways that its options fill
 */
#ifndef CTL_WAYS_H
#define CTL_WAYS_H

#include "args.h"
#include "conf/conf.h"

enum { WAYS_WORDS = 1000 };

/* What is to be done; the first member of a verb's own order. */
struct ways {
	const char *way, *words[WAYS_WORDS], *config;
	size_t n_words;
};

struct way {
	const char *name;
	int (*run)(struct ways *, const struct conf *);
	size_t least, most;		/* words */
	const char *wrong;		/* what to say when there are others */
};

/* Take a word; false: there are too many. */
bool ways_take(struct ways *, const char *word);
/* Find the way, open the configuration, run it. table: ended by a row without name. Returns the exit status. */
int ways_run(struct args *, struct ways *, const struct way *table);

#endif
