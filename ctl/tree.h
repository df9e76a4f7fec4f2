/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* tree.h - lines with branches drawn before them
 *
 * Input    labels that are safe to print (notice_escape)
 * Units    levels
 * Limits   TREE_DEPTH levels are indented, what lies deeper stays there
 * Memory   nodes live in the pool
 * Errors   none
 * Threads  one
 * Source   box drawing characters U+2500..257F in UTF-8
 */
#ifndef CTL_TREE_H
#define CTL_TREE_H

#include "base/buf.h"
#include "base/pool.h"

enum { TREE_DEPTH = 60 };

struct tree {
	struct str label;
	struct tree *parent, *first, *last, *next;
};

struct tree *tree_new(struct pool *, struct str label);
/* A new last branch of `parent`. */
struct tree *tree_add(struct pool *, struct tree *parent, struct str label);
struct tree *tree_printf(struct pool *, struct tree *parent, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The root and all below it, one line each. */
void tree_format(const struct tree *root, struct buf *out);

#endif
