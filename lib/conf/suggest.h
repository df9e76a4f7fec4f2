/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* suggest.h - the known word nearest to a mistyped one
 *
 * Input    a word of the operator; the known words one after the other
 * Units    edits: insert, delete, replace, swap of neighbours
 * Limits   words over SUGGEST_WORD bytes are never near
 * Memory   `best` borrows from the words given to suggest_try
 * Errors   none: best.n is 0 when nothing is near
 * Threads  one owner
 * Source   optimal string alignment distance
 */
#ifndef CONF_SUGGEST_H
#define CONF_SUGGEST_H

#include "base/buf.h"
#include "base/str.h"

enum { SUGGEST_WORD = 80 };

struct suggest {
	struct str word, best;
	size_t distance;	/* of best */
};

void suggest_init(struct suggest *, struct str word);
void suggest_try(struct suggest *, struct str known);
/* "; did you mean 'best'?" when there is a near word. */
void suggest_write(const struct suggest *, struct buf *out);

size_t suggest_distance(struct str a, struct str b);

#endif
