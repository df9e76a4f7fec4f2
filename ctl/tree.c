/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "tree.h"

struct tree *
tree_new(struct pool *pool, struct str label)
{
	struct tree *t = pool_alloc(pool, sizeof(*t));

	t->label = pool_str(pool, label);
	return t;
}

struct tree *
tree_add(struct pool *pool, struct tree *parent, struct str label)
{
	struct tree *t = tree_new(pool, label);

	t->parent = parent;
	if (parent->last)
		parent->last->next = t;
	else
		parent->first = t;
	parent->last = t;
	return t;
}

struct tree *
tree_printf(struct pool *pool, struct tree *parent, const char *fmt, ...)
{
	struct str label;
	va_list ap;

	va_start(ap, fmt);
	label = pool_vprintf(pool, fmt, ap);
	va_end(ap);
	return tree_add(pool, parent, label);
}

/* Does the line of the ancestor `up` levels above t go on below it? */
static void
indent(const struct tree *root, const struct tree *t, struct buf *out)
{
	const struct tree *path[TREE_DEPTH];
	size_t n = 0;

	for (const struct tree *p = t->parent; p && p != root && n < TREE_DEPTH; p = p->parent)
		path[n++] = p;
	while (n-- > 0)
		buf_adds(out, path[n]->next ? "│  " : "   ");
	buf_adds(out, t->next ? "├─ " : "└─ ");
}

/* The node that follows in reading order, or NULL. */
static const struct tree *
following(const struct tree *root, const struct tree *t)
{
	if (t->first)
		return t->first;
	while (t != root && !t->next)
		t = t->parent;
	return t == root ? NULL : t->next;
}

void
tree_format(const struct tree *root, struct buf *out)
{
	buf_add(out, root->label);
	buf_addc(out, '\n');
	for (const struct tree *t = following(root, root); t; t = following(root, t)) {
		indent(root, t, out);
		buf_add(out, t->label);
		buf_addc(out, '\n');
	}
}
