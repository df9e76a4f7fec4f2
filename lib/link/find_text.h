/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* find_text.h - what clients make links of in plain text, with the bytes it stands in
 *
 * Input    UTF-8 text; any bytes
 * Units    bytes
 * Limits   a URL of TEXT_URL_BYTES; one between angle brackets may go over TEXT_LINES line ends. Linear
 * Memory   a URL that is not in the text as it is (joined, defanged, without scheme) is in the pool
 * Errors   none
 * Threads  reentrant
 * Source   habits of clients (Gmail, Outlook, Thunderbird, Apple Mail, Japanese ones); RFC 3986 appendix C
 *          (angle brackets); RFC 3676 (format=flowed; DelSp); the top-level domains of libpsl
 */
#ifndef LINK_FIND_TEXT_H
#define LINK_FIND_TEXT_H

#include "base/pool.h"
#include "base/str.h"

enum { TEXT_URL_BYTES = 32768, TEXT_LINES = 64 };

struct text_how {
	bool schemes_only;		/* no bare domains: scripts, binary files */
	bool joins_lines;		/* format=flowed with DelSp=yes: a line that ends in a blank goes on */
	bool wraps;			/* of find_text (find_into.h): also what text_wrap.h reads */
};

struct text_place {
	struct str raw;			/* as it stands in the text, without brackets around */
	struct str url;			/* with a scheme, lines joined, not defanged */
	bool defanged;			/* no client follows it: for people who read about it */
	bool no_scheme;
};

typedef void text_place_fn(void *arg, const struct text_place *);

/* how: NULL for plain text. In the order of the text, without overlaps. */
void find_text_each(struct pool *, const struct text_how *how, struct str text, text_place_fn *, void *arg);
#endif
