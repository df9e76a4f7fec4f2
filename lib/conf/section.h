/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* section.h - words and keys of a file of the operator: which one it is, or what is wrong
 *
 * Input    lines of the operator
 * Units    none
 * Limits   errors quote SECTION_QUOTE bytes of a word
 * Memory   none kept
 * Errors   collected as `file:line: key: reason`, with the nearest word or those that there are
 * Threads  one owner
 * Source   this file
 */
#ifndef CONF_SECTION_H
#define CONF_SECTION_H

#include "conf/source.h"

enum { SECTION_QUOTE = 80 };

/* The i-th name there is; the first empty one is the end. */
struct section_names {
	struct str (*name)(const void *arg, size_t i);
	const void *arg;
};

/* Those of an array that NULL ends. */
struct section_names section_names_of(const char *const *words);

/* "what 'word'", in this line. */
void section_error(struct conf_errors *, const struct conf_line *, const char *what, struct str word);
/* Index of the word, or -1 with an error. */
int section_word(struct conf_errors *, const struct conf_line *, struct section_names, struct str word);
/* Index of the key of the line, or -1 with an error. */
int section_key(struct conf_errors *, const struct conf_line *, struct section_names);
/* The error alone, when it is known that there is no such key. */
void section_unknown(struct conf_errors *, const struct conf_line *, struct section_names);

#endif
