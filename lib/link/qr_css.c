/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The last declaration of a property counts; selectors count by their last name. */
#include "link/qr_css.h"

#include "base/ascii.h"
#include "message/html.h"

enum { WHITE = 255, STYLE_BYTES = 64 * 1024, NUMBER_MAX = 100000, SPAN_MAX = 200, EM = 16 * QR_PX, CH = 8 * QR_PX };

static const struct qr_style unset = { .gray = QR_UNSET, .ink = QR_UNSET, .w = QR_UNSET, .h = QR_UNSET, .left = QR_UNSET,
	.top = QR_UNSET, .span = 1 };

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
		return QR_UNSET;
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
			v[i] = v[i] < NUMBER_MAX ? v[i] * 10 + (unsigned)(s.p[at] - '0') : v[i];
		v[i] = v[i] > WHITE ? WHITE : v[i];
	}
	return gray_of(v[0], v[1], v[2]);
}

int
qr_colour(struct str s)
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
	return QR_UNSET;
}

/* --- lengths --- */

static int
length(struct str s)
{
	static const struct { const char *unit; int times, by; } units[] = {
		{ "px", QR_PX, 1 }, { "pt", QR_PX * 4, 3 }, { "em", EM, 1 }, { "rem", EM, 1 }, { "ch", CH, 1 },
		{ "ex", CH, 1 }, { "mm", QR_PX * 378, 100 }, { "vw", QR_PX * 8, 1 },
	};
	int64_t v = 0, parts = 1;
	bool dot = false;
	size_t at = 0;

	s = str_trim(s);
	for (; at < s.n && (ascii_is_digit((unsigned char)s.p[at]) || (s.p[at] == '.' && !dot)); at++) {
		if (s.p[at] == '.') {
			dot = true;
		} else if (v < NUMBER_MAX * 100 && parts < 1000) {
			v = v * 10 + (s.p[at] - '0');
			parts *= dot ? 10 : 1;
		}
	}
	if (at == 0)
		return QR_UNSET;
	s = str_trim(str_from(s, at));
	if (s.n == 0)
		return v / parts < NUMBER_MAX ? (int)(v * QR_PX / parts) : QR_UNSET;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (str_starts_nocase(s, str_of(units[i].unit)) && v / parts < NUMBER_MAX)
			return (int)(v * units[i].times / units[i].by / parts);
	return QR_UNSET;
}

/* --- declarations --- */

static void
display(struct str v, struct qr_style *out)
{
	out->lays_out = str_find_nocase(v, STR("flex")) != STR_NPOS || str_find_nocase(v, STR("grid")) != STR_NPOS;
	out->beside |= str_starts_nocase(v, STR("inline")) || str_eq_nocase(v, STR("table-cell"));
}

static void
declare(struct str name, struct str v, struct qr_style *out)
{
	if (str_eq_nocase(name, STR("background")) || str_eq_nocase(name, STR("background-color")))
		out->gray = qr_colour(v);
	else if (str_eq_nocase(name, STR("color")))
		out->ink = qr_colour(v);
	else if (str_eq_nocase(name, STR("width")))
		out->w = length(v);
	else if (str_eq_nocase(name, STR("height")))
		out->h = length(v);
	else if (str_eq_nocase(name, STR("left")))
		out->left = length(v);
	else if (str_eq_nocase(name, STR("top")))
		out->top = length(v);
	else if (str_eq_nocase(name, STR("display")))
		display(v, out);
	else if (str_eq_nocase(name, STR("float")))
		out->beside |= !str_eq_nocase(v, STR("none"));
}

static void
declarations(struct str css, struct qr_style *out)
{
	struct str one;

	while (str_next(&css, ';', &one)) {
		size_t colon = str_chr(one, ':');

		if (colon != STR_NPOS)
			declare(str_trim(str_upto(one, colon)), str_trim(str_from(one, colon + 1)), out);
	}
}

/* What `over` says counts. */
static void
lay(struct qr_style *on, const struct qr_style *over)
{
	on->gray = over->gray != QR_UNSET ? over->gray : on->gray;
	on->ink = over->ink != QR_UNSET ? over->ink : on->ink;
	on->w = over->w != QR_UNSET ? over->w : on->w;
	on->h = over->h != QR_UNSET ? over->h : on->h;
	on->left = over->left != QR_UNSET ? over->left : on->left;
	on->top = over->top != QR_UNSET ? over->top : on->top;
	on->beside |= over->beside;
	on->lays_out |= over->lays_out;
}

/* --- style sheets: ".d, td.e { background: #000 }" --- */

static void
add_rules(struct qr_sheet *s, struct str selectors, const struct qr_style *style)
{
	struct str one;

	while (s->n < QR_RULES && str_next(&selectors, ',', &one)) {
		size_t from;

		one = str_trim(one);
		from = one.n;
		while (from > 0 && (ascii_is_alnum((unsigned char)one.p[from - 1]) || one.p[from - 1] == '-' ||
		    one.p[from - 1] == '_'))
			from--;
		if (from < one.n)
			s->rule[s->n++] = (struct qr_rule){ str_from(one, from), *style };
	}
}

void
qr_sheet_add(struct qr_sheet *s, struct str css)
{
	struct str block;

	css = str_upto(css, STYLE_BYTES);
	while (str_next(&css, '}', &block)) {
		size_t brace = str_chr(block, '{');
		struct qr_style style = unset;

		if (brace == STR_NPOS)
			continue;
		declarations(str_from(block, brace + 1), &style);
		add_rules(s, str_upto(block, brace), &style);
	}
}

/* The later rule counts. */
static void
lay_named(const struct qr_sheet *s, struct str name, struct qr_style *on)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_eq_nocase(s->rule[i].name, name))
			lay(on, &s->rule[i].style);
}

/* --- elements --- */

static unsigned
number(struct str s)
{
	uint64_t v = 0;

	return str_to_u64(str_trim(s), &v) && v > 0 && v <= SPAN_MAX ? (unsigned)v : 1;
}

void
qr_style_of(const struct qr_sheet *sheet, const struct html_token *t, struct buf *value, struct qr_style *out)
{
	struct qr_style own = unset, classes = unset;
	struct str rest = t->attrs, one;
	struct html_attr a;

	*out = unset;
	while (html_attr_next(&rest, &a)) {
		struct str v;

		buf_reset(value);
		html_unescape_attr(a.value, value);
		v = buf_str(value);
		if (str_eq_nocase(a.name, STR("style")))
			declarations(v, &own);
		else if (str_eq_nocase(a.name, STR("bgcolor")))
			out->gray = v.n && v.p[0] != '#' && qr_colour(v) == QR_UNSET ? hex_colour(v) : qr_colour(v);
		else if (str_eq_nocase(a.name, STR("color")))
			out->ink = qr_colour(v);
		else if (str_eq_nocase(a.name, STR("colspan")))
			out->span = number(v);
		else if (str_eq_nocase(a.name, STR("class")))
			while (str_next(&v, ' ', &one))
				lay_named(sheet, str_trim(one), &classes);
	}
	lay_named(sheet, t->name, out);
	lay(out, &classes);
	lay(out, &own);
}
