/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* find_html.h - the links of an HTML or SVG document, with the bytes they stand in
 *
 * Input    a document in UTF-8; any bytes
 * Units    bytes
 * Limits   lim->html_tags, html_attrs; PLACES_PER_LINK times lim->links places. Beyond, `cut` is set.
 *          Time is linear
 * Memory   places live in the pool; slices point into the document, which must live as long
 * Errors   none: every input is a document
 * Threads  reentrant
 * Source   WHATWG HTML (attributes that navigate or load, srcset, refresh), CSS Syntax 3 (url, escapes),
 *          SVG 2, what Word and Outlook read (conditional comments, VML), AMP for mail
 */
#ifndef LINK_FIND_HTML_H
#define LINK_FIND_HTML_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/vec.h"
#include "link/where.h"

/* How a URL is written where it stands. */
enum html_escape {
	HTML_ESCAPE_ATTR,		/* character references */
	HTML_ESCAPE_CSS,		/* escapes of CSS */
	HTML_ESCAPE_CSS_ATTR,		/* both: references around escapes */
	HTML_ESCAPE_SCRIPT		/* escapes of script strings */
};

struct html_place {
	enum link_where where;
	enum html_escape escape;
	char quote;			/* around the attribute's value; 0: none, or no attribute */
	bool loads, form, asks_secret;
	bool anchor;			/* <a>: text, inside and end are set */
	struct str url;			/* decoded */
	struct str raw;			/* the same as it stands in the document: replace exactly this. Empty
					 * when it has no bytes of its own there, then only `attr` can go */
	struct str attr;		/* name, '=', quotes and value; empty in style sheets and scripts */
	struct str tag;			/* the start tag, or the text of a style sheet or script */
	struct str text;		/* words that are shown inside the anchor, UTF-8, cut at LINK_TEXT_BYTES */
	size_t inside, end;		/* offsets where the content of the anchor ends, and behind its end tag */
	struct str document;		/* a document inside (srcdoc, data:), decoded; a document of its own */
};

struct html_places {
	struct vec all;			/* struct html_place, in the order of the document */
	struct str base;		/* href of the first <base>, decoded; counts for all of the document */
	bool cut;
};

/* Everything that navigates or loads. shown (or NULL): also the visible text outside of anchors,
 * for find_text. */
void find_html_places(struct pool *, const struct limits *, struct str html, struct buf *shown,
    struct html_places *out);

#endif
