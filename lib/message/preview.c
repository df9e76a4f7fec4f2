/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/preview.h"

#include <stdio.h>

#include "base/utf8.h"
#include "message/charset.h"
#include "message/header.h"
#include "message/preview_html.h"

/* What may be seen, besides letters: this style, known by its SHA-256, and nothing that a mail brings. */
#define STYLE \
	"body{font:15px/1.55 sans-serif;max-width:46em;margin:1.5em auto;padding:0 1em;color:#222;background:#fff;" \
	"overflow-wrap:anywhere}" \
	"header{background:#f3f5f8;border:1px solid #d4d9e1;border-radius:6px;padding:.5em 1em}" \
	"header p{margin:.15em 0}hr{border:0;border-top:1px solid #d4d9e1;margin:1em 0}" \
	"header+hr{visibility:hidden}p,ul{margin:.5em 0}" \
	"blockquote{margin:.5em 0;padding-left:.9em;border-left:3px solid #c8cfda;color:#555}" \
	"pre{font:inherit;white-space:pre-wrap}h3{font-size:1.1em}"
#define STYLE_SUM "69Sk6QXdG3t0WMcSbAXY+8lzy15O4s+jrYNsnP7w6U4="

static const struct str page_head = STR("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-" STYLE_SUM "'; "
    "base-uri 'none'; form-action 'none'\">"
    "<meta name=\"referrer\" content=\"no-referrer\"><title>Preview</title><style>" STYLE "</style></head><body>\n");
static const struct str page_tail = STR("</body></html>\n");

static bool
is_picture(const struct mime_part *p)
{
	return p->kind == MIME_LEAF && !p->alternative && str_starts(p->type, STR("image/"));
}

size_t
preview_picture(const struct message *msg, unsigned number)
{
	for (size_t i = 0; i < msg->n_parts; i++)
		if (is_picture(&msg->parts[i]) && number-- == 1)
			return i;
	return MIME_NO_PART;
}

/* ---- header ---- */

static const char *const fields[] = { "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date" };

static void
header(struct pool *pool, const struct limits *lim, const struct mime_part *p, struct preview_out *w)
{
	uint64_t defects = 0;

	preview_ours(w, STR("<header>\n"));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		int same = 0;

		for (size_t k = 0; k < p->n_fields && same < PREVIEW_SAME_FIELDS; k++) {
			if (!str_eq_nocase(p->fields[k].name, str_of(fields[i])))
				continue;
			same++;
			preview_begin(w, PREVIEW_P);
			preview_text(w, str_of(fields[i]));
			preview_text(w, STR(": "));
			preview_text(w, header_text(pool, lim, str_upto(p->fields[k].value, PREVIEW_FIELD), &defects));
		}
	}
	preview_end(w);
	preview_ours(w, STR("</header>\n<hr>\n"));
}

/* ---- text ---- */

static bool
is_text(const struct mime_part *p, const char *type)
{
	return p->kind == MIME_LEAF && !p->alternative && str_eq(p->type, str_of(type)) &&
	    !str_eq(p->disposition, STR("attachment"));
}

/* The nearest multipart/alternative that the part is in. */
static size_t
choice_of(const struct message *msg, size_t part)
{
	size_t i = msg->parts[part].parent;

	while (i != MIME_NO_PART && !str_eq(msg->parts[i].type, STR("multipart/alternative")))
		i = msg->parts[i].parent;
	return i;
}

/* The plain text of a choice whose HTML is shown says the same. */
static bool *
find_choices(struct pool *pool, const struct message *msg)
{
	bool *html = pool_alloc(pool, msg->n_parts * sizeof(*html));

	for (size_t i = 0; i < msg->n_parts; i++) {
		size_t choice = is_text(&msg->parts[i], "text/html") ? choice_of(msg, i) : MIME_NO_PART;

		if (choice != MIME_NO_PART)
			html[choice] = true;
	}
	return html;
}

static void
text(const struct limits *lim, struct message *msg, struct mime_part *p, struct preview_out *w)
{
	struct buf space, utf8;
	struct str content;
	uint64_t defects = 0;

	buf_init(&space, (size_t)lim->decoded_bytes);
	buf_init(&utf8, PREVIEW_BYTES);
	if (mime_decode(msg, lim, p, 0, &space, &content) != RC_OK)
		w->cut = true;
	if (content.n > PREVIEW_BYTES)
		w->cut = true;
	content = str_upto(content, PREVIEW_BYTES);
	charset_to_utf8(content, p->charset.n ? p->charset : charset_guess(content), &utf8, &defects);
	if (str_eq(p->type, STR("text/html"))) {
		preview_html(lim, msg, buf_str(&utf8), w);
	} else {
		preview_begin(w, PREVIEW_PRE);
		preview_text(w, buf_str(&utf8));
		preview_end(w);
	}
	preview_ours(w, STR("<hr>\n"));
	buf_clear(&space);
	buf_clear(&utf8);
}

/* ---- what else there is ---- */

static size_t
size_of(const struct limits *lim, struct message *msg, struct mime_part *p)
{
	struct str content = STR_NONE;
	struct buf space;
	size_t n;

	buf_init(&space, (size_t)lim->decoded_bytes);
	if (mime_decode(msg, lim, p, 0, &space, &content) != RC_OK)
		content.n = 0;
	n = content.n;
	buf_clear(&space);
	return n;
}

static void
attachment(const struct limits *lim, struct message *msg, struct mime_part *p, unsigned picture, struct preview_out *w)
{
	char line[80];

	preview_begin(w, PREVIEW_ITEM);
	if (picture) {
		snprintf(line, sizeof(line), "picture %u: ", picture);
		preview_text(w, str_of(line));
	}
	preview_text(w, p->n_names ? p->names[0] : STR("(no name)"));
	preview_text(w, STR(", "));
	preview_text(w, p->type);
	snprintf(line, sizeof(line), ", %zu bytes", size_of(lim, msg, p));
	preview_text(w, str_of(line));
	preview_end(w);
}

static void
attachments(const struct limits *lim, struct message *msg, struct preview_out *w)
{
	unsigned picture = 0;
	size_t listed = 0;

	for (size_t i = 0; i < msg->n_parts; i++) {
		struct mime_part *p = &msg->parts[i];

		picture += is_picture(p);
		if (p->kind != MIME_LEAF || p->alternative || is_text(p, "text/html") || is_text(p, "text/plain"))
			continue;
		if (listed++ == PREVIEW_LIST) {
			w->cut = true;
			return;
		}
		attachment(lim, msg, p, is_picture(p) ? picture : 0, w);
	}
}

void
preview_page(struct pool *pool, const struct limits *lim, struct message *msg, struct buf *out)
{
	struct preview_out w = { .out = out };
	bool *html = find_choices(pool, msg);

	buf_init(out, PREVIEW_BYTES);
	buf_add(out, page_head);
	for (size_t i = 0; i < msg->n_parts && !w.full; i++) {
		struct mime_part *p = &msg->parts[i];
		size_t choice;

		if (p->alternative)
			continue;
		if (p->parent == MIME_NO_PART || msg->parts[p->parent].kind == MIME_MESSAGE)
			header(pool, lim, p, &w);
		choice = choice_of(msg, i);
		if (is_text(p, "text/html") || (is_text(p, "text/plain") && (choice == MIME_NO_PART || !html[choice])))
			text(lim, msg, p, &w);
	}
	attachments(lim, msg, &w);
	preview_end(&w);
	if (w.cut)
		buf_adds(out, "<p>This is not all of it: the rest is too long to be shown.</p>\n");
	buf_add(out, page_tail);
}

/* ---- is it one of ours? ---- */

/* Tags of the page that belong to no block. */
static const struct str frame[] = {
	{ "<header>\n", 9 }, { "</header>\n", 10 }, { "<hr>\n", 5 }, { "<li>", 4 }, { "</ul>\n", 6 }
};

bool
preview_is_inert(struct str page)
{
	size_t at;

	if (!str_starts(page, page_head) || !utf8_is_valid(page))
		return false;
	for (page = str_from(page, page_head.n); (at = str_chr(page, '<')) != STR_NPOS;) {
		bool known = false;

		page = str_from(page, at);
		if (str_eq(page, page_tail))
			return true;
		for (size_t i = PREVIEW_NONE + 1; i < PREVIEW_BLOCKS && !known; i++)
			known = str_starts(page, preview_tags[i].open) || str_starts(page, preview_tags[i].close);
		for (size_t i = 0; i < sizeof(frame) / sizeof(frame[0]) && !known; i++)
			known = str_starts(page, frame[i]);
		if (!known)
			return false;
		page = str_from(page, 1);
	}
	return false;		/* it has no end */
}
