/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/rewrite_mail.h"

#include "link/find_header.h"
#include "link/url.h"
#include "message/charset.h"
#include "message/edit_charset.h"

enum { UTF8_GROWTH = 3 };		/* bytes of UTF-8 for one of any charset */

struct lookup {
	struct pool *pool;
	const struct rewrite_table *table;
	struct str base;		/* the last one, which is mostly the only one */
	struct url on;
	bool has_base;
};

static bool
canonical(struct pool *pool, struct str text, const struct url *base, struct str *out)
{
	struct url url;

	if (url_parse(pool, text, base, &url) != RC_OK)
		return false;
	/* The collector keeps of data: what stands before the comma. */
	*out = str_eq(url.scheme, STR("data")) ? str_upto(url.href, str_chr(url.href, ',')) : url.href;
	return true;
}

bool
rewrite_canonical(struct pool *pool, struct str text, struct str base, struct str *out)
{
	struct url on;
	bool has_base = base.n && url_parse(pool, base, NULL, &on) == RC_OK;

	return canonical(pool, text, has_base ? &on : NULL, out);
}

static const struct rewrite_row *
find(void *arg, struct str url, struct str base)
{
	struct lookup *l = arg;
	struct str key;

	if (!str_eq(base, l->base)) {
		l->base = base;
		l->has_base = base.n && url_parse(l->pool, base, NULL, &l->on) == RC_OK;
	}
	if (!canonical(l->pool, url, l->has_base ? &l->on : NULL, &key))
		return NULL;
	return rewrite_table_find(l->table, key);
}

enum reading { READ_NOT, READ_TEXT, READ_HTML };

static enum reading
reading_of(const struct mime_part *p, bool attachments)
{
	if (p->kind != MIME_LEAF || (str_eq(p->disposition, STR("attachment")) && !attachments))
		return READ_NOT;
	if (str_eq(p->type, STR("text/html")) || str_eq(p->type, STR("application/xhtml+xml")) ||
	    str_eq(p->type, STR("text/x-amp-html")))
		return READ_HTML;
	return str_eq(p->type, STR("text/plain")) ? READ_TEXT : READ_NOT;
}

static bool
has_param(const struct mime_part *p, struct str name, struct str value)
{
	for (size_t i = 0; i < p->n_params; i++)
		if (str_eq(p->params[i].name, name) && str_eq_nocase(p->params[i].value, value))
			return true;
	return false;
}

struct work {
	struct pool *pool;
	const struct limits *lim;
	struct message *msg;
	struct rewrite_mail *rm;
	struct vec *bodies;
};

/* What would put in what is there already changes nothing, not even how it is encoded. */
static void
drop_idle(struct str utf8, struct vec *ranges)
{
	struct edit_range *r = ranges->items;
	size_t n = 0;

	for (size_t i = 0; i < ranges->n; i++)
		if (!str_eq(str_sub(utf8, r[i].at, r[i].n), r[i].with))
			r[n++] = r[i];
	ranges->n = n;
}

/* From ranges of the text to the encoded body. */
static enum rc
put_body(struct work *w, size_t i, struct str content, struct str utf8, const struct vec *in_utf8)
{
	struct edit_body body;
	struct vec ranges;
	enum rc rc = RC_NONE;

	if (edit_may(w->msg, i) == EDIT_MAY)
		rc = edit_charset(w->pool, content, w->msg->parts[i].charset, utf8, in_utf8, &ranges);
	if (rc == RC_OK)
		rc = edit_leaf(w->pool, w->msg, i, content, &ranges, &body);
	if (rc == RC_OK)
		*(struct edit_body *)vec_push(w->pool, w->bodies, sizeof(body)) = body;
	return rc;
}

/* Content and what it is in UTF-8. */
static enum rc
rewrite_part(struct work *w, size_t i, struct str content, struct str utf8)
{
	const struct mime_part *p = &w->msg->parts[i];
	struct lookup look = { .pool = w->pool, .table = w->rm->table };
	struct rewrite_how how = { .find = find, .arg = &look, .words = w->rm->words,
	    .ascii = !edit_charset_is_unicode(content, utf8),
	    .joins_lines = has_param(p, STR("format"), STR("flowed")) && has_param(p, STR("delsp"), STR("yes")) };
	struct rewrite_done done;
	struct vec ranges;
	struct url base;

	if (find_header_base(w->pool, w->msg, i, &base))
		how.base = base.href;
	if (reading_of(p, true) == READ_HTML)
		rewrite_html(w->pool, w->lim, utf8, &how, &ranges, &done);
	else
		rewrite_text(w->pool, utf8, &how, &ranges, &done);
	w->rm->changed += done.changed;
	if (done.missed)
		return RC_NONE;
	drop_idle(utf8, &ranges);
	return ranges.n ? put_body(w, i, content, utf8, &ranges) : RC_OK;
}

static enum rc
one_part(struct work *w, size_t i, struct buf *space, struct buf *converted)
{
	struct mime_part *p = &w->msg->parts[i];
	struct str content, utf8;
	uint64_t defects = 0;

	buf_reset(space);
	buf_reset(converted);
	if (mime_decode(w->msg, w->lim, p, 0, space, &content) != RC_OK)
		return RC_LIMIT;
	utf8 = content;
	if (p->charset.n || !charset_is_utf8(content)) {
		charset_to_utf8(content, p->charset, converted, &defects);
		if (converted->full)
			return RC_LIMIT;
		utf8 = buf_str(converted);
	}
	return rewrite_part(w, i, content, utf8);
}

enum rc
rewrite_mail(struct pool *pool, const struct limits *lim, struct message *msg, struct rewrite_mail *rm, struct vec *bodies)
{
	struct work w = { pool, lim, msg, rm, bodies };
	struct buf space, converted;
	enum rc rc = RC_OK;

	*bodies = (struct vec){ .n = 0 };
	rm->changed = 0;
	buf_init(&space, (size_t)lim->decoded_bytes);
	buf_init(&converted, UTF8_GROWTH * (size_t)lim->decoded_bytes);
	for (size_t i = 0; i < msg->n_parts && rc == RC_OK; i++) {
		const struct mime_part *p = &msg->parts[i];

		/* Other readings show the same bytes; what is in sealed parts and inside decoded messages
		 * cannot be changed, only judged. */
		if (reading_of(p, rm->attachments) != READ_NOT && !p->alternative && p->source == 0 &&
		    edit_may(msg, i) != EDIT_SEALED)
			rc = one_part(&w, i, &space, &converted);
	}
	buf_clear(&space);
	buf_clear(&converted);
	return rc;
}
