/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A replaced part keeps its place: its delimiters stay, its header and content become a
 * small text part. Everything else is copied byte for byte. Where the part is the whole
 * message, the fields that describe its content change with it. */
#include "message/edit.h"

#include "base/vec.h"
#include "message/defect.h"

/* A message that clients cut up in different ways cannot be edited by offsets. */
static const uint64_t no_edit =
    DEFECT_BIT(DUPLICATE_CONTENT_TYPE) | DEFECT_BIT(DUPLICATE_BOUNDARY) | DEFECT_BIT(BAD_CONTENT_TYPE) |
    DEFECT_BIT(BAD_HEADER_LINE) | DEFECT_BIT(NO_BLANK_LINE) | DEFECT_BIT(ENCODED_MULTIPART) |
    DEFECT_BIT(NO_BOUNDARY) | DEFECT_BIT(MISSING_DELIMITER) | DEFECT_BIT(EARLY_FINAL_BOUNDARY) |
    DEFECT_BIT(SAME_BOUNDARY) | DEFECT_BIT(PREAMBLE_PART) | DEFECT_BIT(LEAF_BOUNDARY) |
    DEFECT_BIT(BAD_BOUNDARY) | DEFECT_BIT(BAD_DELIMITER) | DEFECT_BIT(BARE_CR) | DEFECT_BIT(NUL_HEADER) |
    DEFECT_BIT(OBSOLETE_FOLD) | DEFECT_BIT(PARTIAL) | DEFECT_BIT(LIMIT_DEPTH) | DEFECT_BIT(LIMIT_PARTS) |
    DEFECT_BIT(LIMIT_HEADER);

static bool
is_sealed(const struct mime_part *p)
{
	return str_eq(p->type, STR("multipart/signed")) || str_eq(p->type, STR("multipart/encrypted"));
}

/* Does anybody vouch for this part, or is it hidden from us? */
static bool
is_inside_sealed(const struct message *msg, size_t i)
{
	for (const struct mime_part *p = &msg->parts[i]; p; p = p->parent == MIME_NO_PART ? NULL : &msg->parts[p->parent])
		if (is_sealed(p))
			return true;
	return false;
}

/* Does this part stand in the message with bytes of its own, in the main reading? */
static bool
stands_there(const struct message *msg, size_t i)
{
	const struct mime_part *p = i < msg->n_parts ? &msg->parts[i] : NULL;

	if (!p || p->kind != MIME_LEAF || p->source != 0)
		return false;
	for (; p; p = p->parent == MIME_NO_PART ? NULL : &msg->parts[p->parent])
		if (p->alternative)
			return false;
	return true;
}

enum edit_may
edit_may(const struct message *msg, size_t part)
{
	if (part < msg->n_parts && is_inside_sealed(msg, part))
		return EDIT_SEALED;
	return stands_there(msg, part) && !(msg->defects & no_edit) ? EDIT_MAY : EDIT_CANNOT;
}

static struct str
without_last_break(struct str s)
{
	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

static void
add_notice_part(struct buf *out, struct str notice, struct str eol)
{
	buf_adds(out, "Content-Type: text/plain; charset=utf-8");
	buf_add(out, eol);
	buf_adds(out, "Content-Disposition: inline");
	buf_add(out, eol);
	buf_adds(out, "Content-Transfer-Encoding: quoted-printable");
	buf_add(out, eol);
	buf_add(out, eol);
	edit_qp(out, without_last_break(notice), eol);
}

static void
add_header(struct pool *pool, struct vec *v, struct str name, struct str value)
{
	struct edit_header *h = vec_push(pool, v, sizeof(*h));

	h->name = name;
	h->value = value;
}

/* An MTA changes the first field of a name: a second one would go on describing what is gone. */
static bool
stands_twice(const struct mime_part *root, struct str name)
{
	size_t n = 0;

	for (size_t i = 0; i < root->n_fields; i++)
		n += str_eq_nocase(root->fields[i].name, name);
	return n > 1;
}

/* The message is the part: its top header changes. */
static void
strip_root(struct pool *pool, const struct message *msg, struct str notice, struct buf *out, struct vec *headers)
{
	const struct mime_part *root = &msg->parts[0];
	struct str eol = edit_line_end(msg);

	edit_qp(out, without_last_break(notice), eol);
	buf_add(out, eol);
	add_header(pool, headers, STR("Content-Type"), STR("text/plain; charset=utf-8"));
	add_header(pool, headers, STR("Content-Transfer-Encoding"), STR("quoted-printable"));
	if (mime_find(root, STR("Content-Disposition")))
		add_header(pool, headers, STR("Content-Disposition"), STR_NONE);
	if (!mime_find(root, STR("MIME-Version")))
		add_header(pool, headers, STR("MIME-Version"), STR("1.0"));
}

static void
edit_root(struct pool *pool, const struct message *msg, const struct edit_body *b, struct buf *out, struct vec *headers)
{
	const struct mime_part *root = &msg->parts[0];

	buf_add(out, b->body);
	buf_add(out, str_from(msg->raw, root->end));
	if (!b->qp)
		return;
	add_header(pool, headers, STR("Content-Transfer-Encoding"), STR("quoted-printable"));
	if (!mime_find(root, STR("MIME-Version")))
		add_header(pool, headers, STR("MIME-Version"), STR("1.0"));
}

static const struct edit_strip *
find_strip(const struct edit *e, size_t part)
{
	for (size_t i = 0; i < e->n_strips; i++)
		if (e->strips[i].part == part)
			return &e->strips[i];
	return NULL;
}

static const struct edit_body *
find_body(const struct edit *e, size_t part)
{
	for (size_t i = 0; i < e->n_bodies; i++)
		if (e->bodies[i].part == part)
			return &e->bodies[i];
	return NULL;
}

/* The header of a part that becomes quoted-printable. */
static void
add_qp_header(struct buf *out, const struct message *msg, const struct mime_part *p)
{
	const struct mime_field *f = mime_find(p, STR("Content-Transfer-Encoding"));
	size_t at = p->head;

	if (f) {
		buf_add(out, str_sub(msg->raw, at, f->off - at));
		at = f->end;
	}
	buf_adds(out, "Content-Transfer-Encoding: quoted-printable");
	buf_add(out, edit_line_end(msg));
	buf_add(out, str_sub(msg->raw, at, p->body - at));
}

/* Parts of source 0 stand in the order of their bytes, so one walk copies everything. */
static void
edit_parts(const struct message *msg, const struct edit *e, struct buf *out)
{
	size_t at = msg->parts[0].body;

	for (size_t i = 1; i < msg->n_parts; i++) {
		const struct mime_part *p = &msg->parts[i];
		const struct edit_strip *s = find_strip(e, i);
		const struct edit_body *b = s ? NULL : find_body(e, i);

		if (!s && !b)
			continue;
		buf_add(out, str_sub(msg->raw, at, p->head - at));
		if (s)
			add_notice_part(out, s->notice, edit_line_end(msg));
		else if (b->qp)
			add_qp_header(out, msg, p);
		else
			buf_add(out, str_sub(msg->raw, p->head, p->body - p->head));
		if (b)
			buf_add(out, b->body);
		at = p->end;
		/* An empty part may end at its delimiter without a line end of its own. */
		if (s && at < msg->raw.n && msg->raw.p[at] != '\r' && msg->raw.p[at] != '\n')
			buf_add(out, edit_line_end(msg));
	}
	buf_add(out, str_from(msg->raw, at));
}

static bool
is_possible(const struct message *msg, const struct edit *e)
{
	if (e->n_strips + e->n_bodies == 0)
		return false;
	for (size_t i = 0; i < e->n_strips; i++)
		if (edit_may(msg, e->strips[i].part) != EDIT_MAY)
			return false;
	for (size_t i = 0; i < e->n_bodies; i++) {
		size_t part = e->bodies[i].part;

		if (edit_may(msg, part) != EDIT_MAY)
			return false;
		if (part > 0 && e->bodies[i].qp && stands_twice(&msg->parts[part], STR("Content-Transfer-Encoding")))
			return false;
	}
	return true;
}

enum rc
edit_message(struct pool *pool, const struct message *msg, const struct edit *e, struct buf *out,
    const struct edit_header **headers, size_t *n_headers)
{
	struct vec changed = { 0 };
	const struct edit_strip *strip = find_strip(e, 0);
	const struct edit_body *body = find_body(e, 0);

	if (!is_possible(msg, e))
		return RC_NONE;
	if (strip)
		strip_root(pool, msg, strip->notice, out, &changed);
	else if (body)
		edit_root(pool, msg, body, out, &changed);
	else
		edit_parts(msg, e, out);
	for (size_t i = 0; i < changed.n; i++)
		if (stands_twice(&msg->parts[0], ((const struct edit_header *)changed.items)[i].name))
			return RC_NONE;
	*headers = changed.items;
	*n_headers = changed.n;
	return out->full ? RC_LIMIT : RC_OK;
}

static void
add_field(struct buf *out, const struct edit_header *h, struct str eol)
{
	if (h->value.n == 0)
		return;
	buf_add(out, h->name);
	buf_adds(out, ": ");
	buf_add(out, h->value);
	buf_add(out, eol);
}

/* The first field of that name; n_fields: none. */
static size_t
first_field(const struct mime_part *root, struct str name)
{
	size_t i = 0;

	while (i < root->n_fields && !str_eq_nocase(root->fields[i].name, name))
		i++;
	return i;
}

/* The empty line that ends a header; 0: there is none. */
static size_t
blank_bytes(struct str head)
{
	size_t n = str_ends_nocase(head, STR("\r\n")) ? 2 : str_ends_nocase(head, STR("\n")) ? 1 : 0;

	return n == head.n || head.p[head.n - n - 1] == '\n' ? n : 0;
}

void
edit_head(const struct message *msg, const struct edit_header *headers, size_t n, struct buf *out)
{
	const struct mime_part *root = &msg->parts[0];
	size_t at = root->head, end;
	struct str eol = edit_line_end(msg);

	for (size_t i = 0; i < root->n_fields && n > 0; i++) {
		for (size_t k = 0; k < n; k++) {
			if (first_field(root, headers[k].name) != i)
				continue;
			buf_add(out, str_sub(msg->raw, at, root->fields[i].off - at));
			add_field(out, &headers[k], eol);
			at = root->fields[i].end;
			break;
		}
	}
	/* Without fields a line that is none ("From " of a mailbox) may stand before the empty one. */
	end = root->body - blank_bytes(str_sub(msg->raw, root->head, root->body - root->head));
	buf_add(out, str_sub(msg->raw, at, end - at));
	if (out->n && out->p[out->n - 1] != '\n')
		buf_add(out, eol);	/* the message ends within its header */
	for (size_t k = 0; k < n; k++)
		if (first_field(root, headers[k].name) == root->n_fields)
			add_field(out, &headers[k], eol);
	buf_add(out, end < root->body ? str_sub(msg->raw, end, root->body - end) : eol);
}
