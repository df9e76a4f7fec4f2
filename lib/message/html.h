/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* html.h - HTML tokens with their raw offsets, and the text a person sees
 *
 * Input    a document in an ASCII-compatible charset; any bytes
 * Units    offsets in bytes of the input
 * Limits   lim->html_tags, html_attrs, text_bytes; beyond, LIMIT_HTML is set and the
 *          tokenizer ends
 * Memory   no allocation in the tokenizer; tokens borrow from the input
 * Errors   none: every input is a sequence of tokens
 * Threads  reentrant
 * Source   WHATWG HTML 13.2.5 (tokenization), reduced to what mail needs
 */
#ifndef MESSAGE_HTML_H
#define MESSAGE_HTML_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"

enum html_kind { HTML_TEXT, HTML_START, HTML_END, HTML_COMMENT, HTML_DOCTYPE, HTML_CDATA, HTML_RAWTEXT };

struct html_token {
	enum html_kind kind;
	struct str raw;			/* the whole token */
	struct str name;		/* tag name as written; of HTML_RAWTEXT the element it is in */
	struct str attrs;		/* raw text between the name and '>', for html_attr_next */
};

struct html_attr {
	struct str name;		/* as written */
	struct str value;		/* raw, entities not decoded, without quotes */
	char quote;			/* '"', '\'' or 0 */
};

struct html {
	struct str in;
	size_t off;
	const struct limits *lim;
	int64_t tags;
	struct str rawtext;		/* name of the element whose text is not markup, or empty */
	uint64_t defects;
};

void html_init(struct html *, const struct limits *, struct str in);
bool html_next(struct html *, struct html_token *);
/* Start with a copy of token->attrs in *rest. */
bool html_attr_next(struct str *rest, struct html_attr *);
/* Decode character references ("&amp;", "&#x41;", also without ';' as browsers do). */
void html_unescape(struct str in, struct buf *out);

/* Visible text of a UTF-8 document: tags removed, blocks on lines of their own, white
 * space collapsed, script, style and comments left out. */
void html_text(const struct limits *, struct str in, struct buf *out, uint64_t *defects);

#endif
