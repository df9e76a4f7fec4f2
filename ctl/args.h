/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* args.h - read a command line by a table of options
 *
 * Input    argv; options and words in any order, "--" ends the options, "-" and "-5" are words
 * Units    none
 * Limits   none
 * Memory   values point into argv
 * Errors   an unknown option or a missing value is said on stderr, with the nearest known
 *          one; the verb returns EX_USAGE
 * Threads  one
 * Source   getopt_long(3) conventions: -xVALUE, -x VALUE, --name VALUE, --name=VALUE, -ab
 */
#ifndef CTL_ARGS_H
#define CTL_ARGS_H

#include <stdbool.h>
#include <stddef.h>

struct args_opt {
	char letter;		/* 0: none */
	const char *name;	/* NULL ends a table */
	const char *value;	/* what its value is called; NULL: takes none */
	const char *help;
};

struct args {
	const char *verb;
	const struct args_opt *opts;
	char *const *argv;	/* what is left, NULL-terminated */
	const char *cluster;	/* rest of -abc */
	bool words_only;	/* "--" was seen */
	bool gather;		/* set by verbs that say all that is wrong before they give up: args_verdict */
	unsigned wrong;		/* how much that was */
};

enum { ARGS_END = -1, ARGS_WORD = -2, ARGS_BAD = -3 };

/* Index of the next option and its value, ARGS_WORD with the word in *value, ARGS_END or ARGS_BAD. */
int args_next(struct args *, const char **value);
/* Say what is wrong with the words on stderr; EX_USAGE. */
int args_usage(struct args *, const char *why);
/* With `gather`: 0, or EX_USAGE when args_usage was called before. */
int args_verdict(const struct args *);

/* Steps from one word to the other by inserting, deleting or replacing a letter; large when
 * they have little in common. */
unsigned args_distance(const char *a, const char *b);

#define ARGS_CONF { 'c', "config", "FILE", "Read this configuration instead of the installed one." }

#endif
