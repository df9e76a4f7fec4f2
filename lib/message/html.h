/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* html.h - HTML tokens with their raw offsets, and the text a person sees
 *
 * Input    a document in an ASCII-compatible charset; any bytes
 * Units    offsets in bytes of the input
 * Limits   lim->html_tags, html_attrs: beyond, LIMIT_HTML is set and the tokenizer ends.
 *          lim->text_bytes: html_text cuts the text and sets out->full
 * Memory   no allocation in the tokenizer; tokens borrow from the input
 * Errors   none: every input is a sequence of tokens that covers it without a gap
 * Threads  reentrant
 * Source   WHATWG HTML 13.2.5 (tokenization), reduced to what mail needs: no tree is
 *          built; of it only "inside svg or math" is followed, for CDATA and raw text
 */
#ifndef MESSAGE_HTML_H
#define MESSAGE_HTML_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"

enum html_kind { HTML_TEXT, HTML_START, HTML_END, HTML_COMMENT, HTML_DOCTYPE, HTML_CDATA, HTML_RAWTEXT };

/* What is known about an element. */
enum {
	HTML_RAW = 1,			/* its content is not markup */
	HTML_SHOWN = 2,			/* and is shown all the same */
	HTML_REFERENCES = 4,		/* and has character references */
	HTML_FOREIGN = 8,		/* svg, math */
	HTML_BREAKOUT = 16,		/* ends svg and math */
	HTML_BLOCK = 32,		/* stands on lines of its own */
	HTML_SPACE = 64,		/* stands apart on its line */
	HTML_PRE = 128, HTML_TEMPLATE = 256, HTML_PICTURE = 512
};

struct html_token {
	enum html_kind kind;
	struct str raw;			/* the whole token */
	struct str name;		/* tag name as written; of HTML_RAWTEXT the element it is in */
	unsigned element;		/* HTML_RAW ... of that name */
	struct str attrs;		/* raw text between the name and '>', for html_attr_next */
};

struct html_attr {
	struct str name;		/* as written */
	struct str value;		/* raw, entities not decoded, without quotes */
	char quote;			/* '"', '\'' or 0 */
};

/* What was asked of an element. */
enum { HTML_KNOWN = 64 };
struct html_known {
	uint64_t head;			/* its name, of eight bytes at most */
	unsigned bits;
};

struct html {
	struct str in;
	size_t off;
	const struct limits *lim;
	int64_t tags;
	struct str rawtext;		/* name of the element whose text is not markup, or empty */
	unsigned rawtext_element;
	bool foreign;			/* inside svg or math */
	uint64_t defects;
	struct html_known known[HTML_KNOWN];
};

void html_init(struct html *, const struct limits *, struct str in);
/* HTML_RAW ... of an element, 0 for others. */
unsigned html_element(struct html_known[HTML_KNOWN], struct str name);
bool html_next(struct html *, struct html_token *);
/* Start with a copy of token->attrs in *rest. */
bool html_attr_next(struct str *rest, struct html_attr *);

/* Decode character references ("&amp;", "&#x41;", also without ';' as browsers do): in
 * text, and in the value of an attribute ("?a=1&copy=2" is no copyright sign there). */
void html_unescape(struct str in, struct buf *out);
void html_unescape_attr(struct str in, struct buf *out);
/* The reference at the start of `in`, which is '&': its UTF-8 (up to 8 bytes) and how many
 * bytes of `in` it takes, 0 when it is none. */
size_t html_reference(struct str in, bool attr, char utf8[8], size_t *n);

/* Visible text of a UTF-8 document: tags removed, blocks on lines of their own, white
 * space collapsed, script, style and comments left out, pictures as their alt text. */
void html_text(const struct limits *, struct str in, struct buf *out, uint64_t *defects);

/* The same, token by token. Start with out and max, the rest zero. */
struct html_shown {
	struct buf *out;
	size_t max;		/* what does not fit sets out->full */
	bool space, line;	/* what must stand before the next word */
	bool pre;		/* line ends count */
	int hidden;		/* depth of <template> */
};
void html_show(struct html_shown *, const struct html_token *);

#endif
