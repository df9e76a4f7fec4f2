/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The ways to decode a leaf. Well-formed content has one view, or one more for each
 * block inside text; the others are added only where a scan of the bytes shows that
 * clients would get something else. */
#include "message/mime_build.h"

#include <string.h>

#include "base/ascii.h"
#include "message/decode.h"
#include "message/lines.h"

enum {
	HEAD_BYTES = 4096,	/* of a body, in which junk in front of base64 is looked for */
	SCAN_BLOCK = 64		/* bytes checked at once */
};

struct viewer {
	struct mime_builder *b;
	struct mime_part *part;
	struct str body;
	struct mime_view views[VIEWS_MAX];
	size_t n;
};

static void
add_view(struct viewer *v, struct mime_view view)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->views[i].cte == view.cte && v->views[i].how == view.how &&
		    v->views[i].skip == view.skip && v->views[i].length == view.length)
			return;
	if (v->n && (v->n == VIEWS_MAX ||
	    v->b->parts.n + v->b->extra_views >= (size_t)v->b->lim->mime_parts)) {
		v->part->defects |= DEFECT_BIT(LIMIT_PARTS);
		return;
	}
	v->b->extra_views += v->n > 0;
	v->views[v->n++] = view;
}

static void
add_cte(struct viewer *v, enum mime_cte cte)
{
	add_view(v, (struct mime_view){ .cte = cte });
}

/* ---- base64 ---- */

struct base64_scan {
	size_t junk;		/* offset of the first byte that does not belong, or the length */
	bool pad_inside;	/* digits follow behind padding */
};

/* Sixteen bytes in one go (a vector type of gcc and clang, on any machine): this runs
 * over every attachment, and byte by byte it would cost more than all the rest. */
typedef unsigned char lanes __attribute__((vector_size(16)));

static bool
block_is_digits(const char *p)
{
	lanes good = ~(lanes){ 0 };
	uint64_t halves[2];

	for (size_t i = 0; i < SCAN_BLOCK; i += sizeof(lanes)) {
		lanes c, letter;

		memcpy(&c, p + i, sizeof(c));
		letter = (c | 0x20) - 'a';
		good &= (lanes)(letter < 26) | (lanes)((lanes)(c - '/') < 11) | (lanes)(c == '+') |
		    (lanes)(c == '\n') | (lanes)(c == '\r');
	}
	memcpy(halves, &good, sizeof(halves));
	return (halves[0] & halves[1]) == UINT64_MAX;
}

static bool
is_digit(char c)
{
	return ascii_is_alnum((unsigned char)c) || c == '+' || c == '/';
}

static struct base64_scan
scan_base64(struct str in)
{
	struct base64_scan s = { .junk = in.n };
	bool pad = false;

	for (size_t i = 0; i < in.n; i++) {
		char c;

		if (!pad && in.n - i >= SCAN_BLOCK && block_is_digits(in.p + i)) {
			i += SCAN_BLOCK - 1;
			continue;
		}
		c = in.p[i];
		if (c == '=')
			pad = true;
		else if (is_digit(c))
			s.pad_inside |= pad;
		else if (s.junk == in.n && c != '\r' && c != '\n' && !ascii_is_wsp((unsigned char)c))
			s.junk = i;
		if (s.pad_inside && s.junk < in.n)
			break;
	}
	return s;
}

/* Behind an empty line near the start, when something stands before it. */
static size_t
second_block(struct str body)
{
	struct str head = str_upto(body, HEAD_BYTES);
	struct line l = { .next = 0 };
	bool text = false;

	while (l.next < head.n) {
		l = line_at(head, l.next, false);
		if (str_trim(line_text(head, l)).n)
			text = true;
		else if (text)
			return l.next < body.n && str_trim(str_from(body, l.next)).n ? l.next : 0;
	}
	return 0;
}

/* Lines cut in the middle of a group: who decodes line by line gets other bytes. */
static bool
is_cut_oddly(struct str body)
{
	struct line l = line_at(body, 0, false);
	struct str rest = str_trim(str_from(body, l.next));

	return l.end % 4 != 0 && rest.n && is_digit(rest.p[0]);
}

static void
add_base64(struct viewer *v)
{
	struct base64_scan s = scan_base64(v->body);
	struct str head = str_upto(v->body, s.junk);
	size_t second;

	add_cte(v, MIME_CTE_BASE64);
	if (s.pad_inside || s.junk < v->body.n)
		add_view(v, (struct mime_view){ .cte = MIME_CTE_BASE64, .how = MIME_STOP });
	if (s.pad_inside) {
		v->part->defects |= DEFECT_BIT(BASE64_PADDING);
		add_view(v, (struct mime_view){ .cte = MIME_CTE_BASE64, .how = MIME_PAD_IS_A });
	}
	if (s.junk < v->body.n) {
		v->part->defects |= DEFECT_BIT(BASE64_JUNK);
		if (str_chr(str_trim(head), '\n') == STR_NPOS)
			add_view(v, (struct mime_view){ .cte = MIME_CTE_BASE64, .how = MIME_RESYNC });
		add_cte(v, MIME_CTE_IDENTITY);
	}
	if (is_cut_oddly(v->body))
		v->part->defects |= DEFECT_BIT(BASE64_JUNK);
	second = second_block(v->body);
	if (second)
		add_view(v, (struct mime_view){ .cte = MIME_CTE_BASE64, .skip = second });
}

/* ---- blocks inside text ---- */

static bool
may_hold_block(struct str body)
{
	return str_find(body, STR("begin")) != STR_NPOS || str_find(body, STR("BinHex")) != STR_NPOS;
}

static void
add_blocks(struct viewer *v)
{
	struct decode_block block;
	size_t from = 0;

	if (!may_hold_block(v->body))
		return;
	while (from < v->body.n && decode_find_block(v->body, from, &block)) {
		size_t n = block.end - block.off;

		from = block.end > from ? block.end : from + 1;
		if (block.kind == DECODE_BINHEX) {
			v->part->defects |= DEFECT_BIT(BINHEX);
			continue;
		}
		v->part->defects |= DEFECT_BIT(INLINE_UU);
		add_view(v, (struct mime_view){
			.cte = block.kind == DECODE_UU ? MIME_CTE_UU : MIME_CTE_YENC,
			.skip = block.off, .length = n, .name = block.name,
		});
		if (v->n == VIEWS_MAX)
			v->part->defects |= DEFECT_BIT(LIMIT_PARTS);
		if (v->part->defects & DEFECT_BIT(LIMIT_PARTS))
			return;
	}
}

static void
add_encoding(struct viewer *v, enum mime_cte cte)
{
	switch (cte) {
	case MIME_CTE_BASE64:
		add_base64(v);
		break;
	case MIME_CTE_IDENTITY:
	case MIME_CTE_QP:
	case MIME_CTE_UU:
	case MIME_CTE_YENC:
		add_cte(v, cte);
		break;
	}
}

static bool
has_view(const struct viewer *v, enum mime_cte cte)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->views[i].cte == cte)
			return true;
	return false;
}

void
mime_views(struct mime_builder *b, struct mime_part *part)
{
	struct viewer v = { .b = b, .part = part, .body = mime_raw(b->msg, part) };
	enum mime_cte encodings[ENCODINGS_MAX];
	size_t n = mime_encodings(b, part, encodings);
	struct mime_view *kept;

	for (size_t i = 0; i < n; i++)
		add_encoding(&v, encodings[i]);
	if (has_view(&v, MIME_CTE_IDENTITY)) {
		if (!has_view(&v, MIME_CTE_BASE64) && decode_looks_base64(v.body))
			add_base64(&v);
		add_blocks(&v);
	}
	if (str_starts(part->type, STR("text/")) && v.body.n && memchr(v.body.p, '\0', v.body.n))
		part->defects |= DEFECT_BIT(NUL_BODY);
	if (str_starts(part->type, STR("application/mac-binhex")))
		part->defects |= DEFECT_BIT(BINHEX);
	kept = pool_alloc(b->pool, v.n * sizeof(*kept));
	memcpy(kept, v.views, v.n * sizeof(*kept));
	part->views = kept;
	part->n_views = v.n;
	part->cte = kept[0].cte;
}

/* ---- decoding ---- */

static void
decode_view(struct str in, const struct mime_view *view, struct buf *out, uint64_t *defects)
{
	switch (view->cte) {
	case MIME_CTE_IDENTITY:
		buf_add(out, in);
		break;
	case MIME_CTE_QP:
		decode_qp(in, out, defects);
		break;
	case MIME_CTE_BASE64:
		decode_base64(in, (int)view->how, out, defects);
		break;
	case MIME_CTE_UU:
		decode_uu(in, out, defects);
		break;
	case MIME_CTE_YENC:
		decode_yenc(in, out, defects);
		break;
	}
}

enum rc
mime_decode(struct message *msg, const struct limits *lim, struct mime_part *part, size_t view,
    struct buf *space, struct str *out)
{
	const struct mime_view *v = &part->views[view];
	struct str in = str_from(mime_raw(msg, part), v->skip);
	size_t max = space->max, left = (size_t)lim->decoded_bytes - msg->decoded_bytes;
	uint64_t shown = 0;
	bool full;

	if (v->length)
		in = str_upto(in, v->length);
	if (v->cte == MIME_CTE_IDENTITY) {
		*out = in;
		return RC_OK;
	}
	buf_reset(space);
	if (left < max)
		space->max = left;
	decode_view(in, v, space, &shown);
	full = space->full;
	space->max = max;
	*out = buf_str(space);
	msg->decoded_bytes += out->n;
	if (full)
		shown |= DEFECT_BIT(LIMIT_DECODED);
	if (view > 0)
		shown &= DEFECT_BIT(LIMIT_DECODED);	/* junk in a doubtful view says nothing new */
	part->defects |= shown;
	if (!part->guessed)
		msg->defects |= shown;
	return full ? RC_LIMIT : RC_OK;
}
