/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* HTML: characters with their white space, as in <pre>, tables whose cells are coloured, and boxes. */
#include <stdlib.h>
#include <string.h>

#include "link/qr_boxes.h"
#include "link/qr_code.h"
#include "link/qr_drawn.h"
#include "message/html.h"

enum { PIXELS = 4, VALUE_BYTES = 2048, TEXT_BYTES = 1024 * 1024, WHITE = 255, BORDER = 4, SIDE_MAX = 200 };

struct page {
	const struct limits *lim;
	const struct qr_job *job;
	struct buf text, value;
	struct qr_sheet sheet;
	struct qr_boxes *boxes;
	/* the table that is open */
	unsigned char *cell;		/* gray; SIDE_MAX a row */
	unsigned x, y, columns;
	int table_gray, row_gray;
	bool more;
};

/* --- tables --- */

static void
open_table(struct page *p, const struct html_token *t)
{
	struct qr_style style;

	if (!p->cell && !(p->cell = malloc((size_t)SIDE_MAX * SIDE_MAX)))
		abort();
	p->x = p->y = p->columns = 0;
	qr_style_of(&p->sheet, t, &p->value, &style);
	p->table_gray = style.gray;
	p->row_gray = QR_UNSET;
}

static void
end_row(struct page *p)
{
	if (p->x > 0)
		p->y++;
	p->x = 0;
}

static void
add_cell(struct page *p, const struct html_token *t)
{
	struct qr_style style;
	int gray;

	if (!p->cell || p->y >= SIDE_MAX)
		return;
	qr_style_of(&p->sheet, t, &p->value, &style);
	gray = style.gray;
	if (p->x == 0)
		memset(p->cell + (size_t)p->y * SIDE_MAX, WHITE, SIDE_MAX);
	gray = gray != QR_UNSET ? gray : p->row_gray != QR_UNSET ? p->row_gray :
	    p->table_gray != QR_UNSET ? p->table_gray : WHITE;
	for (unsigned span = style.span; span > 0 && p->x < SIDE_MAX; span--)
		p->cell[(size_t)p->y * SIDE_MAX + p->x++] = (unsigned char)gray;
	p->columns = p->x > p->columns ? p->x : p->columns;
}

static bool
draw_table(const struct page *p, int border)
{
	struct bitmap b = { NULL, (p->columns + 2 * BORDER) * PIXELS, (p->y + 2 * BORDER) * PIXELS };
	bool more;

	b.px = malloc(bitmap_bytes(&b));
	if (!b.px)
		abort();
	memset(b.px, border, bitmap_bytes(&b));
	for (unsigned y = 0; y < p->y * PIXELS; y++)
		for (unsigned x = 0; x < p->columns * PIXELS; x++)
			b.px[(size_t)(y + BORDER * PIXELS) * b.width + x + BORDER * PIXELS] =
			    p->cell[(size_t)(y / PIXELS) * SIDE_MAX + x / PIXELS];
	more = qr_find(&b, p->job);
	free(b.px);
	return more;
}

/* What is around it may have the colour of the page or that of the table. */
static void
close_table(struct page *p)
{
	end_row(p);
	if (p->cell && p->y >= QR_SIDE_MIN && p->columns >= QR_SIDE_MIN && p->more)
		p->more = draw_table(p, WHITE) &&
		    (p->table_gray == QR_UNSET || p->table_gray == WHITE || draw_table(p, p->table_gray));
	p->y = p->columns = 0;
}

/* --- the document --- */

static bool
is_tag(const struct html_token *t, struct str name)
{
	return str_eq_nocase(t->name, name);
}

static void
start_tag(struct page *p, const struct html_token *t)
{
	struct qr_style style;

	if (is_tag(t, STR("table"))) {
		close_table(p);
		open_table(p, t);
	} else if (is_tag(t, STR("tr"))) {
		end_row(p);
		qr_style_of(&p->sheet, t, &p->value, &style);
		p->row_gray = style.gray;
	} else if (is_tag(t, STR("td")) || is_tag(t, STR("th"))) {
		add_cell(p, t);
	} else if (qr_boxes_is(t->name)) {
		qr_style_of(&p->sheet, t, &p->value, &style);
		qr_boxes_start(p->boxes, t->name, &style);
	}
	if (is_tag(t, STR("br")))
		qr_boxes_break(p->boxes);
	if (is_tag(t, STR("br")) || is_tag(t, STR("tr")) || is_tag(t, STR("div")) || is_tag(t, STR("p")))
		buf_addc(&p->text, '\n');
}

static void
words(struct page *p, struct str raw)
{
	size_t from = p->text.n;

	html_unescape(raw, &p->text);
	p->more = p->more && qr_boxes_text(p->boxes, str_from(buf_str(&p->text), from));
}

static void
token(struct page *p, const struct html_token *t)
{
	switch (t->kind) {
	case HTML_TEXT:
		words(p, t->raw);
		break;
	case HTML_START:
		start_tag(p, t);
		break;
	case HTML_END:
		if (is_tag(t, STR("table")))
			close_table(p);
		else if (qr_boxes_is(t->name))
			p->more = p->more && qr_boxes_end(p->boxes, t->name);
		break;
	case HTML_RAWTEXT:
		if (is_tag(t, STR("style")))
			qr_sheet_add(&p->sheet, t->raw);
		break;
	case HTML_COMMENT:
	case HTML_DOCTYPE:
	case HTML_CDATA:
		break;
	}
}

bool
qr_drawn_html(const struct limits *lim, struct str in, const struct qr_job *job)
{
	struct page *p = calloc(1, sizeof(*p));
	struct html_token t;
	struct html h;
	bool more;

	if (!p)
		abort();
	p->lim = lim;
	p->job = job;
	p->more = true;
	p->table_gray = p->row_gray = QR_UNSET;
	p->boxes = qr_boxes_new(job);
	buf_init(&p->text, TEXT_BYTES);
	buf_init(&p->value, VALUE_BYTES);
	html_init(&h, lim, in);
	while (p->more && html_next(&h, &t))
		token(p, &t);
	close_table(p);
	p->more = p->more && qr_boxes_finish(p->boxes);
	more = p->more && qr_drawn_text(buf_str(&p->text), job);
	buf_clear(&p->text);
	buf_clear(&p->value);
	qr_boxes_free(&p->boxes);
	free(p->cell);
	free(p);
	return more;
}
