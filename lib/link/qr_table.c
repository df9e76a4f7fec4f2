/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* HTML: characters with their white space, as in <pre>, and tables whose cells are coloured. */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "link/qr_code.h"
#include "link/qr_drawn.h"
#include "message/html.h"

enum { PIXELS = 4, RULES = 64, VALUE_BYTES = 2048, TEXT_BYTES = 1024 * 1024, SPAN_MAX = 200, WHITE = 255, NO_COLOUR = -1,
	BORDER = 4, SIDE_MAX = 200, STYLE_BYTES = 64 * 1024 };

struct rule {
	struct str name;		/* of a class or element */
	int gray;
};

struct page {
	const struct limits *lim;
	const struct qr_job *job;
	struct buf text, value;
	struct rule rule[RULES];
	size_t n_rules;
	/* the table that is open */
	unsigned char *cell;		/* gray; SIDE_MAX a row */
	unsigned x, y, columns;
	int table_gray, row_gray;
	bool more;
};

/* --- colours --- */

static const struct {
	const char *name;
	int gray;
} names[] = {
	{ "black", 0 }, { "white", 255 }, { "navy", 14 }, { "darkblue", 15 }, { "midnightblue", 38 }, { "blue", 29 },
	{ "darkgreen", 58 }, { "green", 75 }, { "maroon", 38 }, { "darkred", 41 }, { "red", 76 }, { "purple", 52 },
	{ "indigo", 37 }, { "darkslategray", 68 }, { "dimgray", 105 }, { "dimgrey", 105 }, { "gray", 128 }, { "grey", 128 },
	{ "silver", 192 }, { "lightgray", 211 }, { "lightgrey", 211 }, { "whitesmoke", 245 }, { "snow", 251 },
	{ "ivory", 253 }, { "yellow", 225 }, { "lightyellow", 251 }, { "aqua", 178 }, { "cyan", 178 }, { "lime", 149 },
	{ "teal", 89 }, { "orange", 173 }, { "brown", 79 },
};

static int
gray_of(unsigned r, unsigned g, unsigned b)
{
	return (int)((r * 77 + g * 150 + b * 29) >> 8);
}

static unsigned
digit(char c)
{
	return (unsigned)ascii_hex((unsigned char)c);
}

static int
hex_colour(struct str s)
{
	size_t n = 0;

	while (n < s.n && ascii_hex((unsigned char)s.p[n]) >= 0)
		n++;
	if (n == 3 || n == 4)
		return gray_of(digit(s.p[0]) * 17, digit(s.p[1]) * 17, digit(s.p[2]) * 17);
	if (n < 6)
		return NO_COLOUR;
	return gray_of(digit(s.p[0]) * 16 + digit(s.p[1]), digit(s.p[2]) * 16 + digit(s.p[3]),
	    digit(s.p[4]) * 16 + digit(s.p[5]));
}

static int
rgb_colour(struct str s)
{
	unsigned v[3] = { 0, 0, 0 };
	size_t at = 0;

	for (int i = 0; i < 3; i++) {
		while (at < s.n && !ascii_is_digit((unsigned char)s.p[at]))
			at++;
		for (; at < s.n && ascii_is_digit((unsigned char)s.p[at]); at++)
			v[i] = v[i] < SIDE_MAX * 10 ? v[i] * 10 + (unsigned)(s.p[at] - '0') : v[i];
		v[i] = v[i] > WHITE ? WHITE : v[i];
	}
	return gray_of(v[0], v[1], v[2]);
}

static int
colour(struct str s)
{
	size_t n = 0;

	s = str_trim(s);
	if (s.n && s.p[0] == '#')
		return hex_colour(str_from(s, 1));
	if (str_starts_nocase(s, STR("rgb")))
		return rgb_colour(s);
	while (n < s.n && ascii_is_alpha((unsigned char)s.p[n]))
		n++;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq_nocase(str_upto(s, n), str_of(names[i].name)))
			return names[i].gray;
	return NO_COLOUR;
}

/* The last background of some declarations. */
static int
background(struct str css)
{
	int gray = NO_COLOUR;
	struct str one;

	while (str_next(&css, ';', &one)) {
		size_t colon = str_chr(one, ':');
		struct str name = str_trim(str_upto(one, colon));

		if (colon == STR_NPOS ||
		    (!str_eq_nocase(name, STR("background")) && !str_eq_nocase(name, STR("background-color"))))
			continue;
		gray = colour(str_from(one, colon + 1));
	}
	return gray;
}

/* --- style sheets: ".d, td.e { background: #000 }" --- */

static void
add_rules(struct page *p, struct str selectors, int gray)
{
	struct str one;

	while (p->n_rules < RULES && str_next(&selectors, ',', &one)) {
		size_t from;

		one = str_trim(one);
		from = one.n;
		while (from > 0 && (ascii_is_alnum((unsigned char)one.p[from - 1]) || one.p[from - 1] == '-' ||
		    one.p[from - 1] == '_'))
			from--;
		if (from < one.n)
			p->rule[p->n_rules++] = (struct rule){ str_from(one, from), gray };
	}
}

static void
read_style(struct page *p, struct str css)
{
	struct str block;

	css = str_upto(css, STYLE_BYTES);
	while (str_next(&css, '}', &block)) {
		size_t brace = str_chr(block, '{');
		int gray = brace == STR_NPOS ? NO_COLOUR : background(str_from(block, brace + 1));

		if (gray != NO_COLOUR)
			add_rules(p, str_upto(block, brace), gray);
	}
}

static int
by_rule(const struct page *p, struct str name)
{
	for (size_t i = p->n_rules; i > 0; i--)
		if (str_eq_nocase(p->rule[i - 1].name, name))
			return p->rule[i - 1].gray;
	return NO_COLOUR;
}

/* --- tables --- */

static unsigned
number(struct str s)
{
	uint64_t v = 0;

	return str_to_u64(str_trim(s), &v) && v > 0 && v <= SPAN_MAX ? (unsigned)v : 1;
}

static int
by_class(const struct page *p, struct str classes)
{
	int gray = NO_COLOUR;
	struct str one;

	while (str_next(&classes, ' ', &one)) {
		int g = by_rule(p, str_trim(one));

		gray = g != NO_COLOUR ? g : gray;
	}
	return gray;
}

static struct str
value(struct page *p, struct str raw)
{
	if (str_chr(raw, '&') == STR_NPOS)
		return str_upto(raw, VALUE_BYTES);
	buf_reset(&p->value);
	html_unescape_attr(raw, &p->value);
	return buf_str(&p->value);
}

/* The colour behind an element, by style, class, bgcolor, in this order. */
static int
gray_behind(struct page *p, const struct html_token *t, unsigned *span)
{
	int style = NO_COLOUR, class = by_rule(p, t->name), attr = NO_COLOUR;
	struct str rest = t->attrs;
	struct html_attr a;

	while (html_attr_next(&rest, &a)) {
		if (str_eq_nocase(a.name, STR("style"))) {
			style = background(value(p, a.value));
		} else if (str_eq_nocase(a.name, STR("bgcolor"))) {
			struct str v = value(p, a.value);

			attr = v.n && v.p[0] != '#' && colour(v) == NO_COLOUR ? hex_colour(v) : colour(v);
		} else if (p->n_rules && str_eq_nocase(a.name, STR("class"))) {
			int gray = by_class(p, value(p, a.value));

			class = gray != NO_COLOUR ? gray : class;
		} else if (str_eq_nocase(a.name, STR("colspan"))) {
			*span = number(value(p, a.value));
		}
	}
	return style != NO_COLOUR ? style : class != NO_COLOUR ? class : attr;
}

static void
open_table(struct page *p, const struct html_token *t)
{
	unsigned span = 1;

	if (!p->cell && !(p->cell = malloc((size_t)SIDE_MAX * SIDE_MAX)))
		abort();
	p->x = p->y = p->columns = 0;
	p->table_gray = gray_behind(p, t, &span);
	p->row_gray = NO_COLOUR;
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
	unsigned span = 1;
	int gray = gray_behind(p, t, &span);

	if (!p->cell || p->y >= SIDE_MAX)
		return;
	if (p->x == 0)
		memset(p->cell + (size_t)p->y * SIDE_MAX, WHITE, SIDE_MAX);
	gray = gray != NO_COLOUR ? gray : p->row_gray != NO_COLOUR ? p->row_gray :
	    p->table_gray != NO_COLOUR ? p->table_gray : WHITE;
	for (; span > 0 && p->x < SIDE_MAX; span--)
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
		    (p->table_gray == NO_COLOUR || p->table_gray == WHITE || draw_table(p, p->table_gray));
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
	unsigned span = 1;

	if (is_tag(t, STR("table"))) {
		close_table(p);
		open_table(p, t);
	} else if (is_tag(t, STR("tr"))) {
		end_row(p);
		p->row_gray = gray_behind(p, t, &span);
	} else if (is_tag(t, STR("td")) || is_tag(t, STR("th"))) {
		add_cell(p, t);
	}
	if (is_tag(t, STR("br")) || is_tag(t, STR("tr")) || is_tag(t, STR("div")) || is_tag(t, STR("p")))
		buf_addc(&p->text, '\n');
}

static void
token(struct page *p, const struct html_token *t)
{
	switch (t->kind) {
	case HTML_TEXT:
		html_unescape(t->raw, &p->text);
		break;
	case HTML_START:
		start_tag(p, t);
		break;
	case HTML_END:
		if (is_tag(t, STR("table")))
			close_table(p);
		break;
	case HTML_RAWTEXT:
		if (is_tag(t, STR("style")))
			read_style(p, t->raw);
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
	p->table_gray = p->row_gray = NO_COLOUR;
	buf_init(&p->text, TEXT_BYTES);
	buf_init(&p->value, VALUE_BYTES);
	html_init(&h, lim, in);
	while (p->more && html_next(&h, &t))
		token(p, &t);
	close_table(p);
	more = p->more && qr_drawn_text(buf_str(&p->text), job);
	buf_clear(&p->text);
	buf_clear(&p->value);
	free(p->cell);
	free(p);
	return more;
}
