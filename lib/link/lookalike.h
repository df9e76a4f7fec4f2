/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* lookalike.h - hosts that people take for another
 *
 * Input    a host as struct url has it
 * Units    bytes
 * Limits   LOOKALIKE_LABEL characters of a label are compared
 * Memory   pool
 * Errors   none
 * Threads  reentrant
 * Source   brands.list and the domains that the operator protects. What looks alike: confusable.h; one slip
 *          (Damerau-Levenshtein distance 1)
 */
#ifndef LINK_LOOKALIKE_H
#define LINK_LOOKALIKE_H

#include <stdbool.h>

#include "base/pool.h"

enum { LOOKALIKE_LABEL = 63 };

enum lookalike {
	LOOKALIKE_NONE,
	LOOKALIKE_SLIP,			/* one letter more, less, other, or two exchanged */
	LOOKALIKE_LETTERS,		/* other characters that look the same */
	LOOKALIKE_INSIDE		/* the whole domain as labels of another: amazon.co.jp.example.top */
};

/* own: n domains that are protected, besides the brands. *of: the domain that host looks like. */
enum lookalike lookalike_find(struct pool *, struct str host, const struct str *own, size_t n, struct str *of);
/* Is it one of them? domain: as somebody registered it. */
bool lookalike_is_known(struct str domain, const struct str *own, size_t n);
const char *lookalike_name(enum lookalike);	/* "letters" */

#endif
