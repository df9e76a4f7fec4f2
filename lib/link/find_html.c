/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* One pass over the tokens. What Outlook reads and browsers do not (the inside of conditional
 * comments) is read as if it stood in the document. */
#include "link/find_html.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "link/find_css.h"
#include "link/find_html_in.h"
#include "link/find_text.h"

enum { VALUE_GROWTH = 2, BYTES_PER_PLACE = 400, PLACES_MOST = 1000 };

/* --- places --- */

struct str
find_html_value(struct finder *f, struct str raw)
{
	if (str_chr(raw, '&') == STR_NPOS)
		return raw;
	buf_reset(&f->scratch);
	html_unescape_attr(raw, &f->scratch);
	return pool_str(f->pool, buf_str(&f->scratch));
}

static struct str
decode(struct finder *f, enum html_escape escape, struct str raw)
{
	switch (escape) {
	case HTML_ESCAPE_ATTR:
		return find_html_value(f, raw);
	case HTML_ESCAPE_CSS_ATTR:
		raw = find_html_value(f, raw);
		break;
	case HTML_ESCAPE_CSS:
		break;
	case HTML_ESCAPE_SCRIPT:
		return raw;
	}
	if (str_chr(raw, '\\') == STR_NPOS)
		return raw;
	buf_reset(&f->scratch);
	find_css_unescape(raw, &f->scratch);
	return pool_str(f->pool, buf_str(&f->scratch));
}

struct html_place *
find_html_put_as(struct finder *f, const struct html_place *like, struct str url)
{
	struct html_place *p;

	if (str_trim(url).n == 0)
		return NULL;
	if (f->out->all.n >= (size_t)f->lim->links * PLACES_PER_LINK) {
		f->out->cut = true;
		return NULL;
	}
	p = vec_push(f->pool, &f->out->all, sizeof(*p));
	*p = *like;
	p->url = url;
	return p;
}

struct html_place *
find_html_put(struct finder *f, const struct html_place *like, struct str raw)
{
	struct html_place *p = find_html_put_as(f, like, decode(f, like->escape, raw));

	if (p)
		p->raw = raw;
	return p;
}

static size_t
count_styles(struct str css, bool attr)
{
	struct str url;
	size_t n = 0;

	while (find_css_next(&css, attr, &url))
		n++;
	return n;
}

void
find_html_style(struct finder *f, struct str css, bool attr, const struct html_place *like)
{
	struct html_place one = *like;
	struct str rest = css, plain = attr ? find_html_value(f, css) : css, url;
	size_t n = 0;

	one.escape = attr ? HTML_ESCAPE_CSS_ATTR : HTML_ESCAPE_CSS;
	for (; find_css_next(&rest, attr, &url); n++)
		find_html_put(f, &one, url);
	/* References can hide "url(" itself; what is found then has no bytes of its own. */
	if (plain.p == css.p || count_styles(plain, false) <= n)
		return;
	for (rest = plain; find_css_next(&rest, false, &url);)
		find_html_put_as(f, &one, decode(f, HTML_ESCAPE_CSS, url));
}

static void
on_script_text(void *arg, const struct text_place *t)
{
	struct finder *f = arg;
	struct html_place p = { .where = LINK_IN_SCRIPT, .escape = HTML_ESCAPE_SCRIPT };
	struct html_place *put = find_html_put_as(f, &p, t->url);

	if (put && t->raw.p >= f->doc.p && t->raw.p < f->doc.p + f->doc.n)
		put->raw = t->raw;
}

/* "\/", "\x3a", "\u003a" of a script string. */
static void
unescape_script(struct str in, struct buf *out)
{
	for (size_t i = 0; i < in.n; i++) {
		size_t digits = i + 1 < in.n && in.p[i + 1] == 'x' ? 2 : 4;
		uint32_t value = 0;
		char utf8[UTF8_MAX];

		if (in.p[i] != '\\' || i + 1 == in.n) {
			buf_addc(out, in.p[i]);
			continue;
		}
		i++;
		if ((in.p[i] != 'x' && in.p[i] != 'u') || i + digits >= in.n) {
			buf_addc(out, in.p[i]);
			continue;
		}
		for (size_t k = 1; k <= digits; k++)
			value = value << 4 | ((uint32_t)ascii_hex((unsigned char)in.p[i + k]) & 15);
		buf_add(out, (struct str){ utf8, utf8_put(utf8, value) });
		i += digits;
	}
}

void
find_html_script(struct finder *f, struct str code)
{
	static const struct text_how how = { .schemes_only = true };

	if (str_chr(code, '\\') != STR_NPOS) {
		buf_reset(&f->scratch);
		unescape_script(code, &f->scratch);
		code = pool_str(f->pool, buf_str(&f->scratch));
	}
	find_text_each(f->pool, &how, code, on_script_text, f);
}

/* --- words of an anchor --- */

static struct html_place *
place(const struct finder *f, size_t i)
{
	return (struct html_place *)f->out->all.items + i;
}

static size_t
offset(const struct finder *f, const char *p)
{
	return (size_t)(p - f->doc.p);
}

static void
close_anchor(struct finder *f, const struct html_token *t)
{
	struct html_place *a;

	if (f->anchor == FIND_NONE)
		return;
	a = place(f, f->anchor);
	a->text = pool_str(f->pool, str_upto(buf_str(&f->words), LINK_TEXT_BYTES));
	a->inside = t ? offset(f, t->raw.p) : f->doc.n;
	a->end = a->inside + (t && t->kind == HTML_END ? t->raw.n : 0);
	f->anchor = FIND_NONE;
	f->hidden = STR_NONE;
	f->outside.space = true;
}

static void
begin_anchor(struct finder *f)
{
	buf_reset(&f->words);
	f->inside = (struct html_shown){ .out = &f->words, .max = f->words.max };
	f->hidden = STR_NONE;
}

/* Elements that hold no words, so that none are hidden in them. */
static bool
is_empty(struct str name)
{
	static const char *const empty[] = { "br", "img", "input", "hr", "area", "col", "embed", "source", "wbr", "link",
		"meta" };

	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		if (str_eq_nocase(name, str_of(empty[i])))
			return true;
	return false;
}

/* Is the token inside something that is not shown? Elements of one name nest; others in it do
 * not matter. */
static bool
skip_hidden(struct finder *f, const struct html_token *t)
{
	if (f->hidden.n == 0) {
		if (t->kind != HTML_START || !f->unseen || is_empty(t->name))
			return false;
		f->hidden = t->name;
		f->hidden_depth = 1;
		return true;
	}
	if (t->kind == HTML_START && str_eq_nocase(t->name, f->hidden))
		f->hidden_depth++;
	if (t->kind == HTML_END && str_eq_nocase(t->name, f->hidden) && --f->hidden_depth == 0)
		f->hidden = STR_NONE;
	return true;
}

static void
show(struct finder *f, const struct html_token *t)
{
	if (f->anchor != FIND_NONE) {
		if (!f->words.full && !skip_hidden(f, t))
			html_show(&f->inside, t);
	} else if (f->outside.out && !f->outside.out->full) {
		html_show(&f->outside, t);
	}
}

/* --- forms --- */

static void
close_form(struct finder *f)
{
	for (size_t i = f->form; f->form != FIND_NONE && f->secret && i < f->out->all.n; i++)
		place(f, i)->asks_secret |= place(f, i)->form;
	f->form = FIND_NONE;
	f->secret = false;
}

/* --- tokens --- */

static bool
is(const struct html_token *t, struct str name)
{
	return t->name.n == name.n && str_eq_nocase(t->name, name);
}

static void
start_tag(struct finder *f, const struct html_token *t)
{
	size_t before;

	if (is(t, STR("a")))
		close_anchor(f, t);		/* 13.2.6.4.7: an <a> ends the one that is open */
	if (is(t, STR("form"))) {
		close_form(f);
		f->form = f->out->all.n;
	}
	before = f->anchor;
	f->unseen = false;
	if (t->attrs.n)
		find_html_tag(f, t);
	if (f->anchor != before)
		begin_anchor(f);
	f->style = is(t, STR("style"));
	show(f, t);
}

static void
end_tag(struct finder *f, const struct html_token *t)
{
	f->style = false;
	if (is(t, STR("a")))
		close_anchor(f, t);
	else if (is(t, STR("form")))
		close_form(f);
	show(f, t);
}

static void
style_text(struct finder *f, struct str css)
{
	struct html_place like = { .where = LINK_IN_STYLE, .loads = true, .tag = css };

	find_html_style(f, css, false, &like);
}

static void
raw_text(struct finder *f, const struct html_token *t)
{
	if (str_eq_nocase(t->name, STR("style")))
		style_text(f, t->raw);
	else if (str_eq_nocase(t->name, STR("script")))
		find_html_script(f, t->raw);
	else
		show(f, t);
}

/* "<?xml-stylesheet href=...?>" of SVG. */
static void
instruction(struct finder *f, struct str raw)
{
	struct html_place like = { .where = LINK_IN_STYLE, .loads = true, .tag = raw };
	struct html_attr a;

	raw = str_from(raw, strlen("<?xml-stylesheet"));
	while (html_attr_next(&raw, &a)) {
		if (!str_eq_nocase(a.name, STR("href")))
			continue;
		like.quote = a.quote;
		find_html_put(f, &like, a.value);
	}
}

static void
token(struct finder *f, const struct html_token *t)
{
	switch (t->kind) {
	case HTML_START:
		start_tag(f, t);
		break;
	case HTML_END:
		end_tag(f, t);
		break;
	case HTML_TEXT:
	case HTML_CDATA:
		if (f->style)
			style_text(f, t->raw);
		else
			show(f, t);
		break;
	case HTML_RAWTEXT:
		raw_text(f, t);
		break;
	case HTML_COMMENT:
		if (str_starts_nocase(t->raw, STR("<?xml-stylesheet")))
			instruction(f, t->raw);
		break;
	case HTML_DOCTYPE:
		break;
	}
}

/* "<!--[if mso]> ... <![endif]-->": what is between, empty for other comments. */
static struct str
conditional(const struct html_token *t)
{
	struct str in = t->raw;
	size_t from, to;

	if (t->kind != HTML_COMMENT || !str_starts_nocase(in, STR("<!--[if")))
		return STR_NONE;
	from = str_find(in, STR("]>"));
	if (from == STR_NPOS)
		return STR_NONE;
	in = str_from(in, from + 2);
	to = str_rchr(in, '<');
	if (to != STR_NPOS && str_starts_nocase(str_from(in, to), STR("<![endif]")))
		in = str_upto(in, to);
	return in;
}

/* A comment ends at the first "-->", so that there is none inside one. */
static void
walk(struct finder *f)
{
	struct html level[2];
	struct html_token t;
	struct str inner;
	size_t depth = 0;

	html_init(&level[0], f->lim, f->doc);
	for (;;) {
		if (!html_next(&level[depth], &t)) {
			f->out->cut |= level[depth].defects != 0;
			if (depth == 0)
				return;
			level[0].tags = level[1].tags;
			depth = 0;
			continue;
		}
		inner = depth == 0 ? conditional(&t) : STR_NONE;
		if (inner.n == 0) {
			token(f, &t);
			continue;
		}
		html_init(&level[1], f->lim, inner);
		level[1].tags = level[0].tags;
		depth = 1;
	}
}

void
find_html_places(struct pool *pool, const struct limits *lim, struct str html, struct buf *shown,
    struct html_places *out)
{
	struct finder f = { .pool = pool, .lim = lim, .doc = html, .out = out, .anchor = FIND_NONE, .form = FIND_NONE };

	*out = (struct html_places){ .cut = false };
	buf_init(&f.scratch, html.n * VALUE_GROWTH + 64);
	buf_init(&f.words, LINK_TEXT_BYTES);
	if (shown)
		f.outside = (struct html_shown){ .out = shown, .max = shown->max };
	vec_reserve(pool, &out->all, html.n / BYTES_PER_PLACE < PLACES_MOST ? html.n / BYTES_PER_PLACE : PLACES_MOST,
	    sizeof(struct html_place));
	walk(&f);
	close_anchor(&f, NULL);
	close_form(&f);
	buf_clear(&f.scratch);
	buf_clear(&f.words);
}
