/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* text_wrap.h - a link in plain text that a mailer cut at the end of a line
 *
 * Input    UTF-8 text, a link found in it
 * Units    bytes
 * Limits   lines of WRAP_LEAST to WRAP_MOST columns, or of WRAP_HUGE and more; WRAP_LINES lines go on;
 *          TEXT_URL_BYTES. Each line is taken for one link at most, so that it is linear
 * Memory   the result is in the pool
 * Errors   false: nothing looks cut
 * Threads  reentrant
 * Source   RFC 5322 2.1.1 (78 and 998 columns); RFC 3986 appendix C: without angle brackets nobody can be
 *          sure where it ends
 *
 * A second reading, for judging only: clients make a link of the first line, people who see it is broken put
 * the lines together. What goes on has to look like a piece of a URL; where it is a word that stands there by
 * chance, one link too many of the same host is judged.
 */
#ifndef LINK_TEXT_WRAP_H
#define LINK_TEXT_WRAP_H

#include "link/find_text.h"

enum { WRAP_LEAST = 60, WRAP_MOST = 100, WRAP_HUGE = 900, WRAP_LINES = 16 };

/* floor: where the last one ended; 0 at first. */
bool text_wrap(struct pool *, struct str text, const struct text_place *, size_t *floor, struct str *url);

#endif
