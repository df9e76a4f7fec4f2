/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A replaced part keeps its place: its delimiters stay, its header and content become a
 * small text part. Everything else is copied byte for byte. Where the part is the whole
 * message, the fields that describe its content change with it. */
#include "message/edit.h"

#include "base/vec.h"
#include "message/defect.h"

enum { QP_LINE = 73 };	/* bytes of an encoded line before the soft break, RFC 2045 6.7 (5) */

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

/* May this part be replaced without touching what others vouch for? */
static bool
may_replace(const struct message *msg, size_t i)
{
	const struct mime_part *p = i < msg->n_parts ? &msg->parts[i] : NULL;

	if (!p || p->kind != MIME_LEAF || p->source != 0)
		return false;
	for (; p; p = p->parent == MIME_NO_PART ? NULL : &msg->parts[p->parent])
		if (p->alternative || is_sealed(p))
			return false;
	return true;
}

/* The line ends the message uses. */
static struct str
line_end(const struct message *msg)
{
	return msg->defects & DEFECT_BIT(BARE_LF) ? STR("\n") : STR("\r\n");
}

static void
add_qp_byte(struct buf *out, unsigned char c, size_t *column, struct str eol)
{
	bool plain = (c > ' ' && c < 0x7f && c != '=') || c == ' ';

	if (*column >= QP_LINE) {
		buf_addc(out, '=');
		buf_add(out, eol);
		*column = 0;
	}
	/* RFC 2045 6.7; a dot, "F" and '-' first in a line are safe as codes everywhere */
	if (plain && !(*column == 0 && (c == '.' || c == 'F' || c == '-' || c == ' '))) {
		buf_addc(out, (char)c);
		*column += 1;
		return;
	}
	buf_printf(out, "=%02X", c);
	*column += 3;
}

/* Text as quoted-printable. A space before a line end is encoded. */
static void
add_qp(struct buf *out, struct str text, struct str eol)
{
	size_t column = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i], next = i + 1 < text.n ? text.p[i + 1] : '\n';

		if (c == '\r' && next == '\n')
			continue;
		if (c == '\n') {
			buf_add(out, eol);
			column = 0;
		} else if (c == ' ' && (next == '\n' || next == '\r')) {
			buf_adds(out, "=20");
			column += 3;
		} else {
			add_qp_byte(out, (unsigned char)c, &column, eol);
		}
	}
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
	add_qp(out, without_last_break(notice), eol);
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
static enum rc
strip_root(struct pool *pool, const struct message *msg, struct str notice, struct buf *out,
    struct vec *headers)
{
	const struct mime_part *root = &msg->parts[0];
	struct str eol = line_end(msg);

	add_qp(out, without_last_break(notice), eol);
	buf_add(out, eol);
	add_header(pool, headers, STR("Content-Type"), STR("text/plain; charset=utf-8"));
	add_header(pool, headers, STR("Content-Transfer-Encoding"), STR("quoted-printable"));
	if (mime_find(root, STR("Content-Disposition")))
		add_header(pool, headers, STR("Content-Disposition"), STR_NONE);
	if (!mime_find(root, STR("MIME-Version")))
		add_header(pool, headers, STR("MIME-Version"), STR("1.0"));
	for (size_t i = 0; i < headers->n; i++)
		if (stands_twice(root, ((const struct edit_header *)headers->items)[i].name))
			return RC_NONE;
	return RC_OK;
}

static const struct edit_strip *
find_strip(const struct edit_strip *strip, size_t n, size_t part)
{
	for (size_t i = 0; i < n; i++)
		if (strip[i].part == part)
			return &strip[i];
	return NULL;
}

/* Parts of source 0 stand in the order of their bytes, so one walk copies everything. */
static void
strip_parts(const struct message *msg, const struct edit_strip *strip, size_t n, struct buf *out)
{
	size_t at = msg->parts[0].body;

	for (size_t i = 1; i < msg->n_parts; i++) {
		const struct mime_part *p = &msg->parts[i];
		const struct edit_strip *s = find_strip(strip, n, i);

		if (!s)
			continue;
		buf_add(out, str_sub(msg->raw, at, p->head - at));
		add_notice_part(out, s->notice, line_end(msg));
		at = p->end;
		/* An empty part may end at its delimiter without a line end of its own. */
		if (at < msg->raw.n && msg->raw.p[at] != '\r' && msg->raw.p[at] != '\n')
			buf_add(out, line_end(msg));
	}
	buf_add(out, str_from(msg->raw, at));
}

enum rc
edit_strip(struct pool *pool, const struct message *msg, const struct edit_strip *strip, size_t n,
    struct buf *out, const struct edit_header **headers, size_t *n_headers)
{
	struct vec changed = { 0 };
	enum rc rc = RC_OK;

	if (n == 0 || msg->defects & no_edit)
		return RC_NONE;
	for (size_t i = 0; i < n; i++)
		if (!may_replace(msg, strip[i].part))
			return RC_NONE;
	if (strip[0].part == 0)
		rc = strip_root(pool, msg, strip[0].notice, out, &changed);
	else
		strip_parts(msg, strip, n, out);
	*headers = changed.items;
	*n_headers = changed.n;
	return rc == RC_OK && out->full ? RC_LIMIT : rc;
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
	struct str eol = line_end(msg);

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
