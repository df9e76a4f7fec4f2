/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* An element without others inside is a box when it has a colour or a size. Boxes stand in lines or where they say;
 * words outside of boxes end a drawing. */
#include "link/qr_boxes.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "link/qr_code.h"

enum { WHITE = 255, PIXELS = 4, BORDER = 4, CHAR_W = 8 * QR_PX, CHAR_H = 16 * QR_PX, HUGE = 1 << 24 };

struct box {
	int x, y, w, h;			/* 0: as high as a module */
	unsigned char gray;
};

struct level {
	char name[8];			/* in lower case, cut */
	struct qr_style style;
	size_t inside;			/* boxes in it */
	int chars;			/* of its text */
	bool words;			/* its text is no drawing */
};

struct qr_boxes {
	const struct qr_job *job;
	struct level level[BOXES_DEPTH];
	size_t depth, too_deep;
	struct box *box;
	size_t n;
	int x, y, row_h;
	int back;			/* behind all of it */
};

static const struct {
	const char *name;
	bool block;
} elements[] = {
	{ "div", true }, { "span", false }, { "p", true }, { "i", false }, { "b", false }, { "font", false },
	{ "em", false }, { "s", false }, { "u", false }, { "li", true }, { "section", true }, { "center", true },
};

bool
qr_boxes_is(struct str name)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
		if (str_eq_nocase(name, str_of(elements[i].name)))
			return true;
	return false;
}

static bool
is_block(const struct level *l)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
		if (str_eq(str_of(l->name), str_of(elements[i].name)))
			return elements[i].block;
	return false;
}

struct qr_boxes *
qr_boxes_new(const struct qr_job *job)
{
	struct qr_boxes *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	b->job = job;
	b->back = QR_UNSET;
	return b;
}

void
qr_boxes_free(struct qr_boxes **b)
{
	free((*b)->box);
	free(*b);
	*b = NULL;
}

/* --- the drawing --- */

static int
module_of(const struct qr_boxes *b)
{
	int least = HUGE;

	for (size_t i = 0; i < b->n; i++) {
		least = b->box[i].w < least ? b->box[i].w : least;
		least = b->box[i].h > 0 && b->box[i].h < least ? b->box[i].h : least;
	}
	return least;
}

/* A grid whose columns nobody told: as many as rows. */
static void
fold(struct qr_boxes *b)
{
	size_t side = 1;

	while (side * side < b->n)
		side++;
	if (side * side != b->n || b->box[0].w > HUGE / BOXES_SIDE || b->box[0].h > HUGE / BOXES_SIDE)
		return;
	for (size_t i = 0; i < b->n; i++)
		if (b->box[i].y != 0)
			return;
	for (size_t i = 0; i < b->n; i++) {
		b->box[i].x = (int)(i % side) * b->box[0].w;
		b->box[i].y = (int)(i / side) * (b->box[0].h ? b->box[0].h : b->box[0].w);
	}
}

static void
paint(const struct qr_boxes *b, int unit, struct bitmap *out)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct box *x = &b->box[i];
		size_t from_x = (size_t)((int64_t)x->x * PIXELS / unit), from_y = (size_t)((int64_t)x->y * PIXELS / unit);
		size_t to_x = (size_t)((int64_t)(x->x + x->w) * PIXELS / unit);
		size_t to_y = (size_t)((int64_t)(x->y + (x->h ? x->h : unit)) * PIXELS / unit), margin = BORDER * PIXELS;

		for (size_t y = from_y; y < to_y && y + margin < out->height; y++)
			for (size_t k = from_x; k < to_x && k + margin < out->width; k++)
				out->px[(y + margin) * out->width + k + margin] = x->gray;
	}
}

/* Painted are at most BOXES boxes in a picture of BOXES_SIDE modules; one that is larger than a row covers others. */
static bool
draw(const struct qr_boxes *b, int back)
{
	int unit = module_of(b), right = 0, bottom = 0;
	uint64_t area = 0;
	struct bitmap out;
	bool more;

	for (size_t i = 0; i < b->n; i++) {
		const struct box *x = &b->box[i];

		right = x->x + x->w > right ? x->x + x->w : right;
		bottom = x->y + (x->h ? x->h : unit) > bottom ? x->y + (x->h ? x->h : unit) : bottom;
		area += (uint64_t)x->w * (uint64_t)(x->h ? x->h : unit);
	}
	if (unit <= 0 || right / unit > BOXES_SIDE || bottom / unit > BOXES_SIDE || right / unit < QR_SIDE_MIN ||
	    bottom / unit < QR_SIDE_MIN || area / (uint64_t)unit / (uint64_t)unit > 4 * BOXES_SIDE * BOXES_SIDE)
		return true;
	out = (struct bitmap){ NULL, (unsigned)(right / unit + 2 * BORDER) * PIXELS,
		(unsigned)(bottom / unit + 2 * BORDER) * PIXELS };
	out.px = malloc(bitmap_bytes(&out));
	if (!out.px)
		abort();
	memset(out.px, back, bitmap_bytes(&out));
	paint(b, unit, &out);
	more = qr_find(&out, b->job);
	free(out.px);
	return more;
}

bool
qr_boxes_finish(struct qr_boxes *b)
{
	bool more = true;

	if (b->n >= BOXES_LEAST) {
		fold(b);
		more = draw(b, WHITE) && (b->back == QR_UNSET || b->back == WHITE || draw(b, b->back));
	}
	b->n = 0;
	b->x = b->y = b->row_h = 0;
	b->back = QR_UNSET;
	for (size_t i = 0; i < b->depth; i++)
		b->level[i].inside = 0;
	return more;
}

/* --- laying out --- */

static void
new_row(struct qr_boxes *b)
{
	if (b->x > 0 && b->y < HUGE)
		b->y += b->row_h;
	b->x = b->row_h = 0;
}

void
qr_boxes_break(struct qr_boxes *b)
{
	new_row(b);
}

/* The width of what the line stands in; 0: nobody says. */
static int
room(const struct qr_boxes *b, int least)
{
	for (size_t i = b->depth; i > 0; i--)
		if (b->level[i - 1].style.w > least)
			return b->level[i - 1].style.w;
	return 0;
}

static void
place(struct qr_boxes *b, struct box *at, const struct level *l, const struct level *around)
{
	bool line = !is_block(l) || l->style.beside || (around && around->style.lays_out);
	int width = room(b, QR_SIDE_MIN * at->w);

	if (l->style.left != QR_UNSET || l->style.top != QR_UNSET) {
		at->x = l->style.left == QR_UNSET ? 0 : l->style.left;
		at->y = l->style.top == QR_UNSET ? 0 : l->style.top;
		return;
	}
	if (!line || (width > 0 && b->x + at->w > width))
		new_row(b);
	at->x = b->x;
	at->y = b->y;
	b->x += at->w;
	b->row_h = at->h > b->row_h ? at->h : b->row_h ? b->row_h : at->w;
	if (!line)
		new_row(b);
}

/* The colour of what is around. */
static int
behind(const struct qr_boxes *b)
{
	for (size_t i = b->depth; i > 0; i--)
		if (b->level[i - 1].style.gray != QR_UNSET)
			return b->level[i - 1].style.gray;
	return WHITE;
}

/* An element that ended without others inside; b->depth is that of what is around it. */
static void
add_box(struct qr_boxes *b, const struct level *l)
{
	const struct level *around = b->depth ? &b->level[b->depth - 1] : NULL;
	struct box at = { .w = l->style.w > 0 ? l->style.w : l->chars * CHAR_W, .h = l->style.h > 0 ? l->style.h : 0 };
	bool inked = l->chars > 0 && l->style.gray == QR_UNSET && l->style.ink != QR_UNSET;

	if (at.w <= 0 || at.w >= HUGE || at.h >= HUGE || b->x >= HUGE || b->n == BOXES)
		return;
	if (at.h == 0 && around && around->style.h > 0 && around->style.h <= 4 * at.w)
		at.h = around->style.h;
	else if (at.h == 0 && l->style.w <= 0)
		at.h = CHAR_H;
	at.gray = (unsigned char)(inked ? l->style.ink : l->style.gray != QR_UNSET ? l->style.gray : behind(b));
	if (!b->box && !(b->box = malloc(BOXES * sizeof(*b->box))))
		abort();
	place(b, &at, l, around);
	b->box[b->n++] = at;
	if (around)
		b->level[b->depth - 1].inside++;
}

static bool
close_level(struct qr_boxes *b)
{
	const struct level l = b->level[--b->depth];

	if (l.words)
		return b->n == 0 || qr_boxes_finish(b);
	if (l.inside == 0) {
		if (l.style.gray != QR_UNSET || l.style.w > 0 || (l.chars > 0 && l.style.ink != QR_UNSET))
			add_box(b, &l);
		return true;
	}
	if (is_block(&l) && !l.style.beside)
		new_row(b);
	if (l.style.gray != QR_UNSET)
		b->back = l.style.gray;
	if (b->depth)
		b->level[b->depth - 1].inside += l.inside;
	return true;
}

void
qr_boxes_start(struct qr_boxes *b, struct str name, const struct qr_style *style)
{
	struct level *l;

	if (b->depth == BOXES_DEPTH) {
		b->too_deep++;
		return;
	}
	l = &b->level[b->depth++];
	*l = (struct level){ .style = *style };
	for (size_t i = 0; i < name.n && i + 1 < sizeof(l->name); i++)
		l->name[i] = (char)(name.p[i] | 0x20);
}

/* An end tag closes what stands open inside its element; one without a start is no matter. */
bool
qr_boxes_end(struct qr_boxes *b, struct str name)
{
	size_t at = b->depth;
	bool more = true;

	if (b->too_deep > 0) {
		b->too_deep--;
		return true;
	}
	while (at > 0 && !str_eq_nocase(name, str_of(b->level[at - 1].name)))
		at--;
	if (at == 0)
		return true;
	while (more && b->depth >= at)
		more = close_level(b);
	return more;
}

static bool
is_drawn(uint32_t c)
{
	return c == 0x2588 || c == 0x25a0 || c == 0x2b1b || c == 0xa0 || c == 0x2003 || c == 0x3000;
}

bool
qr_boxes_text(struct qr_boxes *b, struct str s)
{
	struct level *l = b->depth ? &b->level[b->depth - 1] : NULL;

	for (size_t at = 0; at < s.n;) {
		uint32_t c = utf8_next(s, &at);

		if (c <= ' ' || (c >= 0x200b && c <= 0x200f) || c == 0xfeff)
			continue;
		if (!is_drawn(c) && l)
			l->words = true;
		if (!is_drawn(c))
			return b->n == 0 || qr_boxes_finish(b);
		if (l && l->chars < BOXES_SIDE)
			l->chars += c == 0x2b1b || c == 0x3000 ? 2 : 1;
	}
	return true;
}
