/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* lines.h - where a line of a message ends
 *
 * Input    bytes of a message
 * Units    offsets in bytes
 * Limits   none: one call of memchr for each line
 * Memory   none
 * Errors   none: the end of the bytes ends the last line
 * Threads  reentrant
 * Source   RFC 5322 2.3 (CRLF). Not RFC: a bare LF ends a line for every client and for
 *          files; a bare CR only for some, so that it is a reading of its own
 */
#ifndef MESSAGE_LINES_H
#define MESSAGE_LINES_H

#include <string.h>

#include "base/str.h"

struct line {
	size_t off, end;	/* the text without its line end */
	size_t next;		/* where the next line begins */
};

/* The line at `off`; with `cr`, a bare CR ends it too. */
static inline struct line
line_at(struct str in, size_t off, bool cr)
{
	const char *lf = off < in.n ? memchr(in.p + off, '\n', in.n - off) : NULL;
	struct line l = { off, lf ? (size_t)(lf - in.p) : in.n, lf ? (size_t)(lf - in.p) + 1 : in.n };
	const char *at;

	if (l.end > off && in.p[l.end - 1] == '\r')
		l.end--;
	if (!cr || l.end == off)
		return l;
	at = memchr(in.p + off, '\r', l.end - off);
	if (at) {
		l.end = (size_t)(at - in.p);
		l.next = l.end + 1;
	}
	return l;
}

static inline struct str
line_text(struct str in, struct line l)
{
	return str_sub(in, l.off, l.end - l.off);
}

#endif
