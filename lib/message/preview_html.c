/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/preview_html.h"

#include <stdio.h>

#include "message/html.h"
#include "message/preview.h"

/* What a tag opens; others that stand on lines of their own open a paragraph. */
static const struct {
	const char *name;
	enum preview_block block;
} blocks[] = {
	{ "h1", PREVIEW_HEAD }, { "h2", PREVIEW_HEAD }, { "h3", PREVIEW_HEAD }, { "h4", PREVIEW_HEAD },
	{ "h5", PREVIEW_HEAD }, { "h6", PREVIEW_HEAD }, { "li", PREVIEW_ITEM }, { "dt", PREVIEW_ITEM },
	{ "dd", PREVIEW_ITEM }, { "blockquote", PREVIEW_QUOTE }, { "pre", PREVIEW_PRE },
};

struct reader {
	const struct message *msg;
	struct preview_out *w;
	struct buf href, scratch;	/* href: of the link that is open; empty: none */
	unsigned hidden;		/* depth of <template> */
};

static enum preview_block
block_of(struct str name)
{
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (str_eq_nocase(name, str_of(blocks[i].name)))
			return blocks[i].block;
	return PREVIEW_P;
}

/* The value of the first attribute of that name, which is the one that counts. False: there is none. */
static bool
attribute(struct str attrs, struct str name, struct buf *out)
{
	struct html_attr a;

	buf_reset(out);
	while (html_attr_next(&attrs, &a))
		if (str_eq_nocase(a.name, name)) {
			html_unescape_attr(str_upto(a.value, PREVIEW_URL), out);
			return true;
		}
	return false;
}

/* Where the link that ends here leads. */
static void
end_link(struct reader *r)
{
	if (r->href.n == 0)
		return;
	r->w->space = r->w->open != PREVIEW_NONE;
	preview_text(r->w, STR("["));
	preview_text(r->w, buf_str(&r->href));
	preview_text(r->w, STR("]"));
	r->w->space = true;
	buf_reset(&r->href);
}

static void
leads_to(struct reader *r, struct str attrs, struct str name, struct str word)
{
	if (!attribute(attrs, name, &r->scratch) || r->scratch.n == 0)
		return;
	r->w->space = r->w->open != PREVIEW_NONE;
	preview_text(r->w, word);
	preview_text(r->w, buf_str(&r->scratch));
	preview_text(r->w, STR("]"));
	r->w->space = true;
}

/* 0: it is no part of the message. */
static unsigned
number_of(const struct message *msg, struct str src)
{
	struct str id = str_from(src, 4);

	if (!str_starts_nocase(src, STR("cid:")) || id.n == 0)
		return 0;
	for (unsigned n = 1;; n++) {
		size_t part = preview_picture(msg, n);
		struct str have;

		if (part == MIME_NO_PART)
			return 0;
		have = str_trim(msg->parts[part].content_id);
		if (str_starts(have, STR("<")) && have.n > 1)
			have = str_sub(have, 1, have.n - 2);
		if (str_eq(have, id))
			return n;
	}
}

static void
picture(struct reader *r, struct str attrs)
{
	unsigned n = 0;
	char text[40];

	if (attribute(attrs, STR("src"), &r->scratch))
		n = number_of(r->msg, buf_str(&r->scratch));
	snprintf(text, sizeof(text), n ? "[picture %u" : "[picture", n);
	r->w->space = r->w->open != PREVIEW_NONE;
	preview_text(r->w, str_of(text));
	if (attribute(attrs, STR("alt"), &r->scratch) && r->scratch.n) {
		preview_text(r->w, STR(": "));
		preview_text(r->w, buf_str(&r->scratch));
	}
	preview_text(r->w, STR("]"));
	r->w->space = true;
}

static void
start(struct reader *r, const struct html_token *t)
{
	if (t->element & HTML_BLOCK)
		preview_begin(r->w, block_of(t->name));
	if (t->element & HTML_SPACE)
		r->w->space = r->w->open != PREVIEW_NONE;
	if (str_eq_nocase(t->name, STR("a"))) {
		end_link(r);
		if (!attribute(t->attrs, STR("href"), &r->href))
			buf_reset(&r->href);
	} else if (str_eq_nocase(t->name, STR("form"))) {
		leads_to(r, t->attrs, STR("action"), STR("[form to "));
	} else if (str_eq_nocase(t->name, STR("area"))) {
		leads_to(r, t->attrs, STR("href"), STR("[link to "));
	} else if (t->element & HTML_PICTURE) {
		picture(r, t->attrs);
	} else if (str_eq_nocase(t->name, STR("td")) || str_eq_nocase(t->name, STR("th"))) {
		if (r->w->open != PREVIEW_NONE && r->w->next == PREVIEW_NONE)
			preview_text(r->w, STR(" | "));
	}
}

static void
end(struct reader *r, const struct html_token *t)
{
	if (str_eq_nocase(t->name, STR("a")))
		end_link(r);
	if (t->element & HTML_BLOCK)
		preview_begin(r->w, PREVIEW_P);
	else if (t->element & HTML_SPACE)
		r->w->space = r->w->open != PREVIEW_NONE;
}

static void
words(struct reader *r, struct str s)
{
	buf_reset(&r->scratch);
	html_unescape(s, &r->scratch);
	preview_text(r->w, buf_str(&r->scratch));
}

static void
token(struct reader *r, const struct html_token *t)
{
	if ((t->element & HTML_TEMPLATE) && (t->kind == HTML_START || t->kind == HTML_END)) {
		if (t->kind == HTML_START)
			r->hidden++;
		else if (r->hidden)
			r->hidden--;
		return;
	}
	if (r->hidden)
		return;
	switch (t->kind) {
	case HTML_TEXT:
		words(r, t->raw);
		return;
	case HTML_START:
		start(r, t);
		return;
	case HTML_END:
		end(r, t);
		return;
	case HTML_RAWTEXT:
		if ((t->element & HTML_REFERENCES) && !str_eq_nocase(t->name, STR("title")))
			words(r, t->raw);
		else if ((t->element & HTML_SHOWN) && !str_eq_nocase(t->name, STR("title")))
			preview_text(r->w, t->raw);
		return;
	case HTML_CDATA:
	case HTML_COMMENT:
	case HTML_DOCTYPE:
		return;
	}
}

void
preview_html(const struct limits *lim, const struct message *msg, struct str html, struct preview_out *w)
{
	struct reader r = { .msg = msg, .w = w };
	struct html_token t;
	struct html h;

	buf_init(&r.href, PREVIEW_URL);
	buf_init(&r.scratch, PREVIEW_BYTES);
	html_init(&h, lim, html);
	preview_begin(w, PREVIEW_P);
	while (!w->full && html_next(&h, &t))
		token(&r, &t);
	end_link(&r);
	preview_end(w);
	buf_clear(&r.href);
	buf_clear(&r.scratch);
}
