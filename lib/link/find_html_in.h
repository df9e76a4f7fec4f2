/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* find_html_in.h - what the files of find_html share
 *
 * Input    a document
 * Units    bytes
 * Limits   find_html.h
 * Memory   find_html_places owns the state
 * Errors   none
 * Threads  reentrant
 * Source   none
 */
#ifndef LINK_FIND_HTML_IN_H
#define LINK_FIND_HTML_IN_H

#include "link/find_html.h"
#include "message/html.h"

/* Places may repeat a link; the collector keeps it once. */
enum { PLACES_PER_LINK = 8 };

#define FIND_NONE ((size_t)-1)

struct finder {
	struct pool *pool;
	const struct limits *lim;
	struct str doc;
	struct html_places *out;
	struct buf scratch;		/* what is being decoded */
	struct html_shown outside, inside;	/* words outside of anchors and in the open one */
	struct buf words;		/* of the open anchor */
	size_t anchor;			/* index of the open one, or FIND_NONE */
	struct str hidden;		/* element inside it that is not shown; empty: none */
	size_t hidden_depth;
	bool unseen;			/* the start tag at hand says that it is not shown; only known in anchors */
	size_t form;			/* where the places of the open form begin, or FIND_NONE */
	bool secret;			/* it asks for one */
	bool style;			/* inside <style> of SVG, which is no raw text there */
	bool base;			/* there was one */
};

/* All places of a start tag. */
void find_html_tag(struct finder *, const struct html_token *);
/* A style sheet, or the text of a script. */
void find_html_style(struct finder *, struct str css, bool attr, const struct html_place *like);
void find_html_script(struct finder *, struct str code);

/* Add a place like this one; url is decoded from `raw` by its `escape`. NULL: no room, or empty. */
struct html_place *find_html_put(struct finder *, const struct html_place *, struct str raw);
/* The same with a URL that is decoded already. */
struct html_place *find_html_put_as(struct finder *, const struct html_place *, struct str url);
/* A value without its character references; in the pool when it had some. */
struct str find_html_value(struct finder *, struct str raw);

#endif
