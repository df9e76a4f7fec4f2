/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* find_into.h - what the finders of text and HTML see, into the collector
 *
 * Input    UTF-8; any bytes
 * Units    bytes
 * Limits   find_html.h, find_text.h; a document within a document (srcdoc, data:) is followed one
 *          level, FIND_DOCUMENTS of them. Beyond, links_cut says so
 * Memory   the collector's pool
 * Errors   none
 * Threads  one thread per collector
 * Source   RFC 2397 (data:), RFC 2557 (base of a part)
 */
#ifndef LINK_FIND_INTO_H
#define LINK_FIND_INTO_H

#include "link/find_text.h"
#include "link/link.h"

enum { FIND_DOCUMENTS = 100 };

/* Everything that navigates or loads, and the words that clients make links of. base: of the
 * part (Content-Base, Content-Location), or NULL. */
void find_html(struct links *, struct str html, size_t part, const struct url *base);
/* how: NULL for plain text. */
void find_text(struct links *, struct str text, size_t part, const struct text_how *how, enum link_where where);

#endif
