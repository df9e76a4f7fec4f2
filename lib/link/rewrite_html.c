/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The places of the finder first, then the words that clients make links of. All changes are collected
 * and put in order; one inside another goes with it. */
#include <stdlib.h>

#include "base/utf8.h"
#include "link/find_text.h"
#include "link/rewrite.h"
#include "message/html.h"

enum { ANCHOR_BYTES = 4096 };		/* a text takes the place of an anchor up to this size */

struct page {
	struct pool *pool;
	const struct limits *lim;
	struct str doc;
	const struct rewrite_how *how;
	struct vec found;		/* struct edit_range, in any order */
	struct rewrite_done *done;
	struct buf scratch;
	/* while walking the words */
	bool inside_link;		/* <a href> that stays one */
	bool no_markup;			/* <select>, <button> and the like take no <a> */
};

/* --- what is put in --- */

static const char *
reference_for(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	case ' ': return "&#32;";		/* the value may have no quotes */
	default: return NULL;
	}
}

static void
put_html(struct buf *out, struct str text)
{
	size_t from = 0;

	for (size_t i = 0; i < text.n; i++) {
		const char *reference = reference_for(text.p[i]);

		if (!reference)
			continue;
		buf_add(out, str_sub(text, from, i - from));
		buf_adds(out, reference);
		from = i + 1;
	}
	buf_add(out, str_from(text, from));
}

/* Words as character references where they are not ASCII: good in every charset. */
static void
put_words(struct buf *out, struct str text)
{
	size_t at = 0;

	while (at < text.n) {
		unsigned char c = (unsigned char)text.p[at];

		if (c >= 0x80)
			buf_printf(out, "&#%u;", (unsigned)utf8_next(text, &at));
		else if (c == ' ')
			buf_addc(out, text.p[at++]);
		else
			put_html(out, str_sub(text, at++, 1));
	}
}

static void
change(struct page *g, size_t at, size_t n, struct str with)
{
	if (g->scratch.full) {		/* never half a URL */
		g->done->missed++;
		return;
	}
	*(struct edit_range *)vec_push(g->pool, &g->found, sizeof(struct edit_range)) =
	    (struct edit_range){ at, n, pool_str(g->pool, with) };
}

static size_t
offset(const struct page *g, struct str s)
{
	return (size_t)(s.p - g->doc.p);
}

static bool
is_here(const struct page *g, struct str s)
{
	return s.n && s.p >= g->doc.p && s.p + s.n <= g->doc.p + g->doc.n;
}

/* --- places of the finder --- */

/* Would another attribute of that name count once the first is gone? (WHATWG HTML 13.2.5.33) */
static bool
stands_twice(const struct html_place *p)
{
	struct str rest = p->attr, name;
	struct html_attr a;
	size_t n = 0;

	if (!html_attr_next(&rest, &a))
		return false;
	name = a.name;
	rest = str_from(p->tag, (size_t)(p->attr.p - p->tag.p));
	while (html_attr_next(&rest, &a))
		n += str_eq_nocase(a.name, name);
	return n > 1;
}

static void
unlink_place(struct page *g, const struct html_place *p)
{
	bool css = p->escape == HTML_ESCAPE_CSS || p->escape == HTML_ESCAPE_CSS_ATTR;
	struct str name;

	if (is_here(g, p->attr) && !(css && is_here(g, p->raw))) {
		if (!stands_twice(p)) {
			change(g, offset(g, p->attr), p->attr.n, STR_NONE);
			return;
		}
		name = str_upto(p->attr, str_chr(p->attr, '='));
		change(g, offset(g, p->attr), p->attr.n,
		    pool_printf(g->pool, "%.*s=\"about:blank\"", STR_ARG(str_upto(name, 64))));
	} else if (is_here(g, p->raw)) {
		change(g, offset(g, p->raw), p->raw.n, STR("about:blank"));
	} else {
		g->done->missed++;
	}
}

/* The whole anchor, when it has an end and is not half of the document. */
static void
text_place(struct page *g, const struct html_place *p)
{
	size_t start = offset(g, p->tag);

	if (!p->anchor || p->end <= p->inside || p->end - start > ANCHOR_BYTES) {
		unlink_place(g, p);
		return;
	}
	buf_reset(&g->scratch);
	put_words(&g->scratch, g->how->words);
	change(g, start, p->end - start, buf_str(&g->scratch));
}

static void
defang_place(struct page *g, const struct html_place *p, const struct rewrite_row *row)
{
	unlink_place(g, p);
	if (!p->anchor)
		return;
	buf_reset(&g->scratch);
	buf_adds(&g->scratch, " [");
	put_words(&g->scratch, rewrite_defang(g->pool, row->url));
	buf_addc(&g->scratch, ']');
	change(g, p->end, 0, buf_str(&g->scratch));
}

static void
lead_place(struct page *g, const struct html_place *p, const struct rewrite_row *row)
{
	buf_reset(&g->scratch);
	put_html(&g->scratch, row->with);
	change(g, offset(g, p->raw), p->raw.n, buf_str(&g->scratch));
}

/* What people click on, and not where forms go: the gate judges links, it passes nothing on. */
static bool
is_clicked(const struct page *g, const struct html_place *p)
{
	return (p->where == LINK_IN_HREF || p->where == LINK_IN_XLINK) && !p->loads && !p->form &&
	    p->escape == HTML_ESCAPE_ATTR && is_here(g, p->raw);
}

/* What is to be done with a document inside: the harshest that one of its own links asks for. */
static const struct rewrite_row *
find_inside(struct page *g, struct str document, struct str base)
{
	struct html_places places;
	const struct html_place *all;

	find_html_places(g->pool, g->lim, document, NULL, &places);
	all = places.all.items;
	for (size_t i = 0; i < places.all.n; i++) {
		const struct rewrite_row *row = g->how->find(g->how->arg, all[i].url, places.base.n ? places.base : base);

		if (row && row->action != REWRITE_LEAVE && row->action != REWRITE_TO)
			return row;
	}
	return NULL;
}

static void
place(struct page *g, const struct html_place *p, struct str base)
{
	const struct rewrite_row *row = g->how->find(g->how->arg, p->url, base);

	if (p->document.n && (!row || row->action == REWRITE_LEAVE))
		row = find_inside(g, p->document, base);
	if (!row || row->action == REWRITE_LEAVE || (row->action == REWRITE_TO && !is_clicked(g, p)))
		return;
	switch (row->action) {
	case REWRITE_LEAVE:
	case REWRITE_N:
		return;
	case REWRITE_DEFANG:
		defang_place(g, p, row);
		break;
	case REWRITE_TEXT:
		text_place(g, p);
		break;
	case REWRITE_UNLINK:
		unlink_place(g, p);
		break;
	case REWRITE_TO:
		lead_place(g, p, row);
		break;
	}
	g->done->changed++;
}

/* --- words --- */

/* Text as it is shown, and where in the document each of its bytes comes from. */
struct words {
	struct page *g;
	struct str shown;
	const uint32_t *from;		/* shown.n + 1 of them; NULL: shown is part of the document */
};

/* Where the bytes of a place stand in the document. False: it is not made of them. */
static bool
locate(const struct words *w, struct str raw, size_t *at, size_t *end)
{
	size_t i;

	if (raw.n == 0 || raw.p < w->shown.p || raw.p + raw.n > w->shown.p + w->shown.n)
		return false;
	i = (size_t)(raw.p - w->shown.p);
	*at = w->from ? w->from[i] : offset(w->g, raw);
	*end = w->from ? w->from[i + raw.n] : *at + raw.n;
	return true;
}

static void
on_words(void *arg, const struct text_place *t)
{
	const struct words *w = arg;
	struct page *g = w->g;
	const struct rewrite_row *row = t->defanged ? NULL : g->how->find(g->how->arg, t->url, STR_NONE);
	size_t at, end;

	if (!row || row->action == REWRITE_LEAVE || !locate(w, t->raw, &at, &end))
		return;
	buf_reset(&g->scratch);
	if (row->action != REWRITE_TO) {
		put_words(&g->scratch, row->action == REWRITE_TEXT ? g->how->words : rewrite_defang(g->pool, row->url));
		change(g, at, end - at, buf_str(&g->scratch));
	} else {
		if (g->inside_link || g->no_markup)
			return;
		buf_adds(&g->scratch, "<a href=\"");
		put_html(&g->scratch, row->with);
		buf_adds(&g->scratch, "\">");
		change(g, at, 0, buf_str(&g->scratch));
		change(g, end, 0, STR("</a>"));
	}
	g->done->changed++;
}

static void
words(struct page *g, struct str raw)
{
	struct words w = { .g = g, .shown = raw };
	size_t base = offset(g, raw), n = 0;
	uint32_t *from;
	char *text;

	if (str_chr(raw, '&') == STR_NPOS) {
		find_text_each(g->pool, NULL, raw, on_words, &w);
		return;
	}
	text = pool_try(g->pool, 2 * raw.n + 8);	/* no reference is longer than what it stands for */
	from = pool_try(g->pool, (2 * raw.n + 9) * sizeof(*from));
	if (!text || !from) {
		g->done->missed++;
		return;
	}
	for (size_t i = 0, took; i < raw.n; i += took) {
		size_t bytes = 1;

		took = raw.p[i] == '&' ? html_reference(str_from(raw, i), false, text + n, &bytes) : 0;
		if (took == 0) {
			text[n] = raw.p[i];
			bytes = took = 1;
		}
		for (size_t k = 0; k < bytes; k++)
			from[n++] = (uint32_t)(base + i);
	}
	from[n] = (uint32_t)(base + raw.n);
	w.shown = (struct str){ text, n };
	w.from = from;
	find_text_each(g->pool, NULL, w.shown, on_words, &w);
}

static bool
takes_no_markup(struct str name)
{
	static const char *const names[] = { "select", "option", "button", "svg", "math", "template" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq_nocase(name, str_of(names[i])))
			return true;
	return false;
}

static bool
has_href(struct str attrs)
{
	struct html_attr a;

	while (html_attr_next(&attrs, &a))
		if (str_eq_nocase(a.name, STR("href")))
			return true;
	return false;
}

static void
note_tag(struct page *g, const struct html_token *t)
{
	bool start = t->kind == HTML_START;

	if (str_eq_nocase(t->name, STR("a")))
		g->inside_link = start && has_href(t->attrs);
	else if (takes_no_markup(t->name))
		g->no_markup = start;
}

static void
walk_words(struct page *g)
{
	struct html h;
	struct html_token t;

	html_init(&h, g->lim, g->doc);
	while (html_next(&h, &t)) {
		if (t.kind == HTML_START || t.kind == HTML_END)
			note_tag(g, &t);
		else if (t.kind == HTML_TEXT && (str_chr(t.raw, '.') != STR_NPOS || str_chr(t.raw, ':') != STR_NPOS))
			words(g, t.raw);
	}
}

/* --- in order --- */

/* What goes in before what is taken out there, the longer before the shorter, else as found. */
static int
by_place(const void *a, const void *b)
{
	const struct edit_range *x = a, *y = b;

	if (x->at != y->at)
		return (x->at > y->at) - (x->at < y->at);
	if ((x->n == 0) != (y->n == 0))
		return (x->n != 0) - (y->n != 0);
	return (x->n < y->n) - (x->n > y->n);
}

static void
put_in_order(struct page *g, struct vec *out)
{
	struct edit_range *r = g->found.items;
	size_t behind = 0, ordered = 1;

	while (ordered < g->found.n && by_place(&r[ordered - 1], &r[ordered]) <= 0)
		ordered++;
	if (ordered < g->found.n)
		qsort(r, g->found.n, sizeof(*r), by_place);
	for (size_t i = 0; i < g->found.n; i++) {
		if (r[i].at < behind)
			continue;
		behind = r[i].at + r[i].n;
		*(struct edit_range *)vec_push(g->pool, out, sizeof(*r)) = r[i];
	}
}

void
rewrite_html(struct pool *pool, const struct limits *lim, struct str html, const struct rewrite_how *how, struct vec *out,
    struct rewrite_done *done)
{
	struct page g = { .pool = pool, .lim = lim, .doc = html, .how = how, .done = done };
	struct html_places places;

	*out = (struct vec){ .n = 0 };
	*done = (struct rewrite_done){ .changed = 0 };
	if (rewrite_is_pgp(html))
		return;
	buf_init(&g.scratch, 8 * REWRITE_URL);
	find_html_places(pool, lim, html, NULL, &places);
	for (size_t i = 0; i < places.all.n; i++)
		place(&g, (const struct html_place *)places.all.items + i, places.base.n ? places.base : how->base);
	walk_words(&g);
	put_in_order(&g, out);
	buf_clear(&g.scratch);
}
