/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* edit_check.h - what must hold of an edited message, for the test and the fuzz target
 *
 * Input    a message, the index of the part that was replaced, the new body
 * Units    none
 * Limits   none
 * Memory   parses again in `pool`
 * Errors   returns what does not hold, or NULL
 * Threads  one
 * Source   lib/message/edit.h
 */
#ifndef TEST_MESSAGE_EDIT_CHECK_H
#define TEST_MESSAGE_EDIT_CHECK_H

#include "message/edit.h"
#include "message/mail.h"

/* The whole message again: its old top header with the changed fields, the new body. */
TEST_USED static struct str
edit_whole(struct pool *pool, const struct message *m, struct str body, const struct edit_header *headers,
    size_t n_headers)
{
	struct buf out;
	struct str s;

	buf_init(&out, 64 << 20);
	edit_head(m, headers, n_headers, &out);
	buf_add(&out, body);
	s = pool_str(pool, buf_str(&out));
	buf_clear(&out);
	return s;
}

TEST_USED static const struct mime_part *
part_by_id(const struct message *m, struct str id)
{
	for (size_t i = 0; i < m->n_parts; i++)
		if (str_eq(m->parts[i].id, id))
			return &m->parts[i];
	return NULL;
}

/* The same text, whatever its line ends. */
static bool
same_text(struct str a, struct str b)
{
	size_t i = 0, j = 0;

	for (;; i++, j++) {
		while (i < a.n && a.p[i] == '\r')
			i++;
		while (j < b.n && b.p[j] == '\r')
			j++;
		if (i >= a.n || j >= b.n)
			return i >= a.n && j >= b.n;
		if (a.p[i] != b.p[j])
			return false;
	}
}

TEST_USED static const char *
edit_check(struct pool *pool, const struct limits *lim, const struct message *m, size_t part,
    struct str notice, struct str body, const struct edit_header *headers, size_t n_headers)
{
	const struct mime_part *old = &m->parts[part], *new;
	struct str before = str_sub(m->raw, m->parts[0].body, old->head - m->parts[0].body);
	struct str after = str_from(m->raw, old->end), whole, shown;
	struct message *again;
	struct buf space;
	const char *bad = NULL;

	if (part && (!str_starts(body, before) || body.n < after.n ||
	    !str_eq(str_from(body, body.n - after.n), after)))
		return "bytes outside of the part changed";
	whole = edit_whole(pool, m, body, headers, n_headers);
	again = mime_parse(pool, lim, whole);
	new = part_by_id(again, old->id);
	if (!new || new->kind != MIME_LEAF || !str_eq(new->type, STR("text/plain")))
		return "no text part at its place";
	buf_init(&space, 1 << 20);
	if (mime_decode(again, lim, part ? &again->parts[new - again->parts] : again->parts, 0, &space, &shown) ||
	    !same_text(str_trim(shown), notice))
		bad = "the notice does not read as it was";
	buf_clear(&space);
	return bad;
}

#endif
