/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/edit_leaf.h"

#include "base/ascii.h"
#include "message/decode.h"
#include "message/defect.h"

enum {
	QP_TEXT = EDIT_QP_LINE - 1,	/* room for the soft break */
	BASE64_LINE = 76,		/* when there is only one line to learn from */
	QP_GROWTH = 4			/* bytes of quoted-printable for one, soft breaks included */
};

struct str
edit_line_end(const struct message *msg)
{
	return msg->defects & DEFECT_BIT(BARE_LF) ? STR("\n") : STR("\r\n");
}

/* --- quoted-printable --- */

/* What is written as it is; first in a line less is: dots, "From " and delimiters (RFC 2045 6.7). */
static bool
is_plain(unsigned char c, size_t column)
{
	if (column == 0 && (c == '.' || c == 'F' || c == '-' || c == ' '))
		return false;
	return ascii_is_print(c) && c != '=';
}

static void
qp_byte(struct buf *out, unsigned char c, size_t *column, struct str eol)
{
	size_t n = is_plain(c, *column) ? 1 : 3;

	if (*column + n > QP_TEXT) {
		buf_addc(out, '=');
		buf_add(out, eol);
		*column = 0;
		n = is_plain(c, 0) ? 1 : 3;
	}
	if (n == 1)
		buf_addc(out, (char)c);
	else
		buf_printf(out, "=%02X", c);
	*column += n;
}

void
edit_qp(struct buf *out, struct str text, struct str eol)
{
	size_t column = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i], after = i + 1 < text.n ? text.p[i + 1] : '\n';

		if (c == '\r' && after == '\n')
			continue;
		if (c == '\n') {
			buf_add(out, eol);
			column = 0;
		} else if (ascii_is_wsp((unsigned char)c) && (after == '\n' || after == '\r')) {
			if (column + 3 > QP_TEXT) {
				buf_addc(out, '=');
				buf_add(out, eol);
				column = 0;
			}
			buf_printf(out, "=%02X", (unsigned char)c);	/* a blank at the end of a line is lost */
			column += 3;
		} else {
			qp_byte(out, (unsigned char)c, &column, eol);
		}
	}
}

/* A place in quoted-printable, as decode_qp goes through it. */
struct qp {
	struct str in;
	size_t at, decoded;
	size_t text_end;		/* of the line: behind its last code */
	size_t eol, line_end;		/* its line end, empty when it is a soft break; the next line */
};

static void
qp_line(struct qp *q)
{
	struct str rest = str_from(q->in, q->at);
	size_t nl = str_chr(rest, '\n'), end = q->at + (nl == STR_NPOS ? rest.n : nl);

	q->line_end = nl == STR_NPOS ? end : end + 1;
	if (end > q->at && q->in.p[end - 1] == '\r')
		end--;
	q->eol = end;
	while (end > q->at && ascii_is_wsp((unsigned char)q->in.p[end - 1]))
		end--;
	if (end > q->at && q->in.p[end - 1] == '=') {
		end--;
		q->eol = q->line_end;
	}
	q->text_end = end;
}

/* One code, or up to `most` bytes that stand for themselves; what stands for nothing is skipped. */
static void
qp_step(struct qp *q, size_t most)
{
	struct str line = str_sub(q->in, q->at, q->text_end > q->at ? q->text_end - q->at : 0);
	size_t n = str_chr(line, '=');

	if (line.n && n != 0) {
		n = n < line.n ? n : line.n;
		n = n < most ? n : most;
		q->decoded += n;
		q->at += n;
	} else if (line.n > 1 && line.p[1] == '\r') {
		q->at += 2;
	} else if (line.n) {
		bool code = line.n >= 3 && ascii_hex((unsigned char)line.p[1]) >= 0 &&
		    ascii_hex((unsigned char)line.p[2]) >= 0;

		q->at += code ? 3 : 1;
		q->decoded++;
	} else if (q->at < q->eol) {
		q->at = q->eol;
	} else if (q->at < q->line_end) {
		n = q->line_end - q->at;
		n = n < most ? n : most;
		q->decoded += n;
		q->at += n;
	} else {
		qp_line(q);
	}
}

/* Is what comes next a code or text, so that something can be put in front of it? */
static bool
qp_is_text(const struct qp *q)
{
	return q->at < q->text_end && !(q->in.p[q->at] == '=' && q->at + 1 < q->text_end && q->in.p[q->at + 1] == '\r');
}

/* To the byte with that offset in the content; start: behind soft breaks in front of it. */
static void
qp_seek(struct qp *q, size_t target, bool start)
{
	while (q->decoded < target && q->at < q->in.n)
		qp_step(q, target - q->decoded);
	while (start && q->at < q->in.n && !qp_is_text(q) && !(q->at >= q->eol && q->at < q->line_end))
		qp_step(q, 1);
}

struct qp_out {
	struct buf *out;
	struct str eol;
	size_t line;		/* where the last line begins */
};

static void
qp_copy(struct qp_out *o, struct str s)
{
	size_t nl = str_rchr(s, '\n');

	if (nl != STR_NPOS)
		o->line = o->out->n + nl + 1;
	buf_add(o->out, s);
}

/* A blank that has come to stand at the end of a line would be lost. */
static void
qp_keep_blank(struct qp_out *o)
{
	struct buf *b = o->out;
	unsigned char last = b->n > o->line ? (unsigned char)b->p[b->n - 1] : 0;

	if (!ascii_is_wsp(last))
		return;
	b->n--;
	if (b->n - o->line + 3 > QP_TEXT) {
		buf_addc(b, '=');
		buf_add(b, o->eol);
		o->line = b->n;
	}
	buf_printf(b, "=%02X", last);
}

/* In place of a range; what follows it on its line may need a line of its own then. */
static void
qp_put(struct qp_out *o, struct str with, struct qp *q)
{
	size_t column = o->out->n - o->line, rest;

	for (size_t i = 0; i < with.n; i++) {
		unsigned char c = (unsigned char)with.p[i];
		size_t before = column, plain = 0;

		while (column > 0 && column + plain < QP_TEXT && i + plain < with.n &&
		    is_plain((unsigned char)with.p[i + plain], column))
			plain++;
		if (plain) {
			buf_add(o->out, str_sub(with, i, plain));
			column += plain;
			i += plain - 1;
			continue;
		}
		qp_byte(o->out, c, &column, o->eol);
		if (column < before)
			o->line = o->out->n - column;
	}
	rest = q->text_end > q->at ? q->text_end - q->at : 0;
	rest += q->eol == q->line_end && q->line_end > q->text_end;
	if (rest == 0)
		qp_keep_blank(o);
	if (column == 0 || rest == 0 || column + rest <= EDIT_QP_LINE)
		return;
	buf_addc(o->out, '=');
	buf_add(o->out, o->eol);
	o->line = o->out->n;
	if (q->at < q->text_end && q->in.p[q->at] != '=' && !is_plain((unsigned char)q->in.p[q->at], 0)) {
		buf_printf(o->out, "=%02X", (unsigned char)q->in.p[q->at]);
		q->at++;
		q->decoded++;
	}
}

static bool
edit_as_qp(struct str in, const struct vec *ranges, struct str eol, struct buf *out)
{
	const struct edit_range *r = ranges->items;
	struct qp q = { .in = in };
	struct qp_out o = { .out = out, .eol = eol };
	size_t copied = 0;

	qp_line(&q);
	for (size_t i = 0; i < ranges->n; i++) {
		qp_seek(&q, r[i].at, true);
		if (q.decoded != r[i].at)
			return false;
		qp_copy(&o, str_sub(in, copied, q.at - copied));
		qp_seek(&q, r[i].at + r[i].n, false);
		if (q.decoded != r[i].at + r[i].n)
			return false;
		qp_put(&o, r[i].with, &q);
		copied = q.at;
	}
	qp_copy(&o, str_from(in, copied));
	return true;
}

/* --- base64 --- */

static bool
is_digit64(char c)
{
	return ascii_is_alnum((unsigned char)c) || c == '+' || c == '/';
}

/* The digits of the first line; 0: there is only one line. */
static size_t
first_line(struct str in)
{
	size_t nl = str_chr(in, '\n'), n = 0;

	if (nl == STR_NPOS || str_trim(str_from(in, nl)).n == 0)
		return 0;
	for (size_t i = 0; i < nl; i++)
		n += is_digit64(in.p[i]);
	return n;
}

static void
put64(struct buf *out, struct str in, size_t column, size_t width, struct str eol)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t digits = (in.n + 2) / 3 * 4, n = 0;
	char *to = buf_room(out, digits + (digits / width + 2) * eol.n);

	if (!to)
		return;
	for (size_t i = 0; i < in.n; i += 3) {
		struct str three = str_sub(in, i, 3);
		uint32_t v = 0;

		for (size_t j = 0; j < 3; j++)
			v = v << 8 | (j < three.n ? (unsigned char)three.p[j] : 0);
		if (three.n == 3 && column + 4 <= width) {
			to[n++] = digit[v >> 18];
			to[n++] = digit[v >> 12 & 63];
			to[n++] = digit[v >> 6 & 63];
			to[n++] = digit[v & 63];
			column += 4;
			continue;
		}
		for (size_t j = 0; j < 4; j++, column++) {
			if (column == width) {
				memcpy(to + n, eol.p, eol.n);
				n += eol.n;
				column = 0;
			}
			to[n++] = j <= three.n ? digit[v >> (18 - 6 * j) & 63] : '=';
		}
	}
	out->n += n;
}

static bool
edit_as_base64(struct str in, struct str edited, const struct vec *ranges, struct str eol, struct buf *out)
{
	const struct edit_range *r = ranges->items;
	size_t group = r[0].at / 3, at = 0, digits = 0, column = 0, end = in.n, width = first_line(in);

	for (; at < in.n && digits < 4 * group; at++) {
		if (in.p[at] == '\n')
			column = 0;
		if (is_digit64(in.p[at])) {
			digits++;
			column++;
		}
	}
	if (digits < 4 * group)
		return false;
	while (end > at && ascii_is_space((unsigned char)in.p[end - 1]))
		end--;
	buf_add(out, str_upto(in, at));
	put64(out, str_from(edited, 3 * group), column, width ? width : BASE64_LINE, eol);
	buf_add(out, str_from(in, end));
	return true;
}

/* --- the leaf --- */

static size_t
longest_line(struct str s)
{
	size_t most = 0;
	struct str line;

	while (str_next(&s, '\n', &line)) {
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		most = line.n > most ? line.n : most;
	}
	return most;
}

/* Only what is decoded in one way, or searched for files inside, is changed. */
static bool
has_one_reading(const struct mime_part *p)
{
	const struct mime_view *v = p->views;

	if (p->readings || p->alternative || v[0].how != MIME_LENIENT || v[0].skip || v[0].length)
		return false;
	for (size_t i = 1; i < p->n_views; i++)
		if (!v[i].length)
			return false;
	return true;
}

static bool
is_proved(const struct mime_part *p, const struct edit_body *b, struct str want)
{
	uint64_t defects = 0;
	struct buf got;
	bool same;

	if (p->cte == MIME_CTE_IDENTITY && !b->qp)
		return true;
	buf_init(&got, b->body.n + 16);
	if (p->cte == MIME_CTE_BASE64)
		decode_base64(b->body, MIME_LENIENT, &got, &defects);
	else
		decode_qp(b->body, &got, &defects);
	same = str_eq(buf_str(&got), want);
	buf_clear(&got);
	return same;
}

static bool
encode(const struct message *msg, const struct mime_part *p, struct str content, struct str edited,
    const struct vec *ranges, struct buf *out, bool *qp)
{
	struct str eol = edit_line_end(msg);

	switch (p->cte) {
	case MIME_CTE_IDENTITY:
		*qp = longest_line(edited) > EDIT_LINE && longest_line(content) <= EDIT_LINE;
		if (*qp)
			edit_qp(out, edited, eol);
		return true;
	case MIME_CTE_QP:
		return edit_as_qp(mime_raw(msg, p), ranges, eol, out);
	case MIME_CTE_BASE64:
		return edit_as_base64(mime_raw(msg, p), edited, ranges, eol, out);
	case MIME_CTE_UU:
	case MIME_CTE_YENC:
		break;
	}
	return false;
}

static struct str
keep(struct pool *pool, struct str s)
{
	char *p = pool_try(pool, s.n + 1);

	if (p && s.n)
		memcpy(p, s.p, s.n);
	return p ? (struct str){ p, s.n } : STR_NONE;
}

enum rc
edit_leaf(struct pool *pool, const struct message *msg, size_t part, struct str content, const struct vec *ranges,
    struct edit_body *out)
{
	const struct mime_part *p = &msg->parts[part];
	const struct edit_range *r = ranges->items;
	size_t more = 0;
	struct buf edited, body;
	enum rc rc = RC_NONE;

	*out = (struct edit_body){ .part = part };
	if (p->kind != MIME_LEAF || ranges->n == 0 || !edit_ranges_fit(ranges, content.n) || !has_one_reading(p))
		return RC_NONE;
	for (size_t i = 0; i < ranges->n; i++)
		more += r[i].with.n;
	buf_init(&edited, content.n + more + 16);
	buf_init(&body, QP_GROWTH * (content.n + more) + mime_raw(msg, p).n + 256);
	(void)!buf_room(&edited, content.n + more);	/* at once: growing costs as much as all the rest */
	if (p->cte != MIME_CTE_IDENTITY)
		(void)!buf_room(&body, mime_raw(msg, p).n + 2 * more);
	edit_ranges_apply(content, ranges, &edited);
	if (encode(msg, p, content, buf_str(&edited), ranges, &body, &out->qp) && !body.full) {
		bool same = p->cte == MIME_CTE_IDENTITY && !out->qp;

		out->body = keep(pool, buf_str(same ? &edited : &body));
		rc = !out->body.p ? RC_LIMIT : is_proved(p, out, buf_str(&edited)) ? RC_OK : RC_NONE;
	}
	buf_clear(&edited);
	buf_clear(&body);
	return rc;
}
