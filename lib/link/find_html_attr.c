/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The attributes of one tag: which of them hold URLs, and how. */
#include <string.h>

#include "base/ascii.h"
#include "link/find_css.h"
#include "link/find_html_in.h"

enum kind {
	ONE,			/* a URL */
	LIST,			/* URLs between white space */
	SET,			/* srcset */
	CSS,
	CODE,			/* of an event */
	DOCUMENT,		/* srcdoc */
	MAYBE			/* any text; a link when it has a scheme */
};

enum { NAME_LONGEST = 11, STYLE_BYTES = 512 };

#define N(lit) lit, sizeof(lit) - 1

/* What an attribute is, whatever element it is on: clients differ in where they honour it. Sorted. */
static const struct row {
	char name[NAME_LONGEST + 1];
	size_t n;
	enum kind kind;
	enum link_where where;
	bool loads, form;
} rows[] = {
	{ N("action"), ONE, LINK_IN_ACTION, false, true }, { N("action-xhr"), ONE, LINK_IN_ACTION, false, true },
	{ N("background"), ONE, LINK_IN_BACKGROUND, true, false }, { N("by"), MAYBE, LINK_IN_XLINK, false, false },
	{ N("cite"), MAYBE, LINK_IN_HREF, false, false }, { N("classid"), MAYBE, LINK_IN_DATA, true, false },
	{ N("code"), MAYBE, LINK_IN_DATA, true, false }, { N("codebase"), ONE, LINK_IN_DATA, true, false },
	{ N("data"), ONE, LINK_IN_DATA, true, false }, { N("dynsrc"), ONE, LINK_IN_SRC, true, false },
	{ N("formaction"), ONE, LINK_IN_FORMACTION, false, true }, { N("from"), MAYBE, LINK_IN_XLINK, false, false },
	{ N("href"), ONE, LINK_IN_HREF, false, false }, { N("icon"), ONE, LINK_IN_SRC, true, false },
	{ N("imagesrcset"), SET, LINK_IN_SRCSET, true, false }, { N("longdesc"), ONE, LINK_IN_HREF, false, false },
	{ N("lowsrc"), ONE, LINK_IN_SRC, true, false }, { N("manifest"), ONE, LINK_IN_SRC, true, false },
	{ N("ping"), LIST, LINK_IN_HREF, false, false }, { N("poster"), ONE, LINK_IN_POSTER, true, false },
	{ N("profile"), MAYBE, LINK_IN_HREF, false, false }, { N("src"), ONE, LINK_IN_SRC, true, false },
	{ N("srcdoc"), DOCUMENT, LINK_IN_DATA, true, false }, { N("srcset"), SET, LINK_IN_SRCSET, true, false },
	{ N("style"), CSS, LINK_IN_STYLE, true, false }, { N("to"), MAYBE, LINK_IN_XLINK, false, false },
	{ N("value"), MAYBE, LINK_IN_DATA, false, false }, { N("values"), MAYBE, LINK_IN_XLINK, false, false },
};

/* Elements whose href is fetched. */
static const char *const fetching[] = { "link", "image", "use", "feimage", "script", "mpath", "pattern",
	"lineargradient", "radialgradient", "filter", "cursor", "font-face-uri", "color-profile" };

static bool
is_one_of(struct str name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(name, str_of(list[i])))
			return true;
	return false;
}

#define IS_ONE_OF(name, list) is_one_of(name, list, sizeof(list) / sizeof(list[0]))

/* The name behind a prefix: "xlink:href", "v:src". */
static struct str
local_name(struct str name)
{
	return str_from(name, str_chr(name, ':') + 1);
}

static const struct row *
row_of(struct str name)
{
	static const struct row event = { N("on"), CODE, LINK_IN_SCRIPT, false, false };
	char first;

	if (name.n < 2)
		return NULL;
	first = (char)ascii_lower((unsigned char)name.p[0]);
	if (first == 'o')
		return ascii_lower((unsigned char)name.p[1]) == 'n' ? &event : NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && rows[i].name[0] <= first; i++)
		if (rows[i].name[0] == first && rows[i].n == name.n &&
		    str_eq_nocase(name, (struct str){ rows[i].name, rows[i].n }))
			return &rows[i];
	return NULL;
}

static bool
has_scheme(struct str s)
{
	return str_find(s, STR("://")) != STR_NPOS;
}

/* --- lists of URLs --- */

static size_t
skip(struct str s, size_t at, bool commas)
{
	while (at < s.n && (ascii_is_space((unsigned char)s.p[at]) || (commas && s.p[at] == ',')))
		at++;
	return at;
}

static size_t
word_end(struct str s, size_t at)
{
	while (at < s.n && !ascii_is_space((unsigned char)s.p[at]))
		at++;
	return at;
}

static void
put_list(struct finder *f, const struct html_place *like, struct str raw)
{
	size_t at = skip(raw, 0, false), end;

	for (; at < raw.n; at = skip(raw, end, false)) {
		end = word_end(raw, at);
		find_html_put(f, like, str_sub(raw, at, end - at));
	}
}

/* WHATWG HTML, "parsing a srcset attribute": URL, then descriptors up to a comma that stands
 * outside of parentheses. */
static void
put_set(struct finder *f, const struct html_place *like, struct str raw)
{
	size_t at = skip(raw, 0, true), end;

	for (; at < raw.n; at = skip(raw, at, true)) {
		struct str url;
		bool open = false;

		end = word_end(raw, at);
		url = str_sub(raw, at, end - at);
		while (url.n && url.p[url.n - 1] == ',')
			url.n--;
		at += url.n;
		find_html_put(f, like, url);
		for (; url.n + (size_t)(url.p - raw.p) == end && at < raw.n && (raw.p[at] != ',' || open); at++)
			open = raw.p[at] == '(' || (open && raw.p[at] != ')');
	}
}

/* --- meta refresh --- */

/* "5; url='http://...'": the URL in it. WHATWG HTML, "shared declarative refresh steps". */
static struct str
refresh_url(struct str s)
{
	size_t at = skip(s, 0, false);
	char quote;

	while (at < s.n && (ascii_is_digit((unsigned char)s.p[at]) || s.p[at] == '.'))
		at++;
	at = skip(s, at, false);
	if (at < s.n && (s.p[at] == ';' || s.p[at] == ','))
		at = skip(s, at + 1, false);
	if (str_starts_nocase(str_from(s, at), STR("url"))) {
		size_t sign = skip(s, at + 3, false);

		if (sign < s.n && s.p[sign] == '=')
			at = skip(s, sign + 1, false);
	}
	s = str_from(s, at);
	if (s.n == 0 || (s.p[0] != '"' && s.p[0] != '\''))
		return s;
	quote = s.p[0];
	s = str_from(s, 1);
	return str_upto(s, str_chr(s, quote));
}

static void
put_refresh(struct finder *f, const struct html_place *like, struct str raw)
{
	struct str url = refresh_url(raw), decoded = find_html_value(f, raw);

	/* References in front of the URL change what it is: then it has no bytes of its own. */
	if (decoded.n == raw.n || str_eq(find_html_value(f, url), refresh_url(decoded)))
		find_html_put(f, like, url);
	else
		find_html_put_as(f, like, refresh_url(decoded));
}

/* --- one tag --- */

static bool
names_a_secret(struct str value)
{
	static const char *const words[] = { "passw", "pwd", "passcode", "otp", "one-time-code", "cvv", "cvc", "cc-csc",
		"cc-number", "cardnum", "card-num", "card_num", "creditcard", "pincode", "ssn",
		"\xe3\x83\x91\xe3\x82\xb9\xe3\x83\xaf\xe3\x83\xbc\xe3\x83\x89",	/* pasuwado */
		"\xe6\x9a\x97\xe8\xa8\xbc" };					/* ansho */

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_find_nocase(value, str_of(words[i])) != STR_NPOS)
			return true;
	return str_eq_nocase(value, STR("pin"));
}

static void
note_input(struct finder *f, const struct html_attr *a)
{
	static const char *const telling[] = { "name", "id", "autocomplete", "placeholder", "aria-label" };

	if (str_eq_nocase(a->name, STR("type")))
		f->secret |= str_eq_nocase(str_trim(a->value), STR("password"));
	else if (IS_ONE_OF(a->name, telling))
		f->secret |= names_a_secret(a->value);
}

static void
open_anchor(struct finder *f, struct html_place *p)
{
	p->anchor = true;
	f->anchor = f->out->all.n - 1;
}

static void
take_base(struct finder *f, const struct html_place *p)
{
	if (!f->base)
		f->out->base = p->url;
	f->base = true;
}

/* A URL by itself. `name` is the element without its prefix. */
static void
put_one(struct finder *f, struct html_place *like, struct str name, struct str raw)
{
	bool href = like->where == LINK_IN_HREF || like->where == LINK_IN_XLINK;
	struct html_place *p;

	if (href)
		like->loads = name.n > 2 && IS_ONE_OF(name, fetching);
	if (href && str_eq_nocase(name, STR("base")))
		like->where = LINK_IN_BASE;
	p = find_html_put(f, like, raw);
	if (!p)
		return;
	if (like->where == LINK_IN_BASE)
		take_base(f, p);
	else if (href && str_eq_nocase(name, STR("a")) && f->anchor == FIND_NONE)
		open_anchor(f, p);
}

static void
put_document(struct finder *f, const struct html_place *like, struct str raw)
{
	struct html_place *p = find_html_put_as(f, like, STR("about:srcdoc"));

	if (p)
		p->document = find_html_value(f, raw);
}

static void
put_kind(struct finder *f, const struct html_token *t, struct html_place *like, const struct row *row, struct str raw)
{
	switch (row->kind) {
	case ONE:
		put_one(f, like, local_name(t->name), raw);
		break;
	case LIST:
		put_list(f, like, raw);
		break;
	case SET:
		put_set(f, like, raw);
		break;
	case CSS:
		find_html_style(f, raw, true, like);
		break;
	case CODE:
		find_html_script(f, find_html_value(f, raw));
		break;
	case DOCUMENT:
		put_document(f, like, raw);
		break;
	case MAYBE:
		if (has_scheme(raw))
			find_html_put(f, like, raw);
		break;
	}
}

/* WHATWG HTML 13.2.5.33: of two attributes with one name the first counts. */
static bool
is_first(uint64_t *seen, const struct row *row, bool prefixed)
{
	uint64_t bit;

	if (row->kind == CODE)
		return true;
	bit = UINT64_C(1) << ((size_t)(row - rows) + (prefixed ? 32 : 0));
	if (*seen & bit)
		return false;
	*seen |= bit;
	return true;
}

/* Name, value and quotes; the last one is missing where the document ends in the value. */
static struct str
whole(const struct html_token *t, const struct html_attr *a)
{
	size_t at = (size_t)(a->name.p - t->raw.p), end = (size_t)(a->value.p - t->raw.p) + a->value.n;

	return str_sub(t->raw, at, end - at + (a->quote != 0));
}

/* A style without url(), @import and what could hide them: nearly all are. */
static bool
is_inert(struct str css)
{
	return str_chr(css, '(') == STR_NPOS && str_chr(css, '&') == STR_NPOS && str_chr(css, '@') == STR_NPOS;
}

static void
put_attr(struct finder *f, const struct html_token *t, const struct html_attr *a, uint64_t *seen)
{
	struct str name = local_name(a->name);
	const struct row *row = row_of(name);
	struct html_place like;

	if (!row || !is_first(seen, row, name.n != a->name.n) || a->value.n == 0 || (row->kind == CSS && is_inert(a->value)))
		return;
	like = (struct html_place){ .where = row->where, .quote = a->quote, .loads = row->loads, .form = row->form,
	    .tag = t->raw };
	like.attr = whole(t, a);
	if (name.n != a->name.n && row->where == LINK_IN_HREF)
		like.where = LINK_IN_XLINK;
	put_kind(f, t, &like, row, a->value);
}

/* <meta>: what it holds depends on what it is. */
static void
put_meta(struct finder *f, const struct html_token *t)
{
	struct html_place like = { .where = LINK_IN_REFRESH, .loads = true, .tag = t->raw };
	struct html_attr a, content = { .quote = 0 };
	struct str rest = t->attrs;
	bool refresh = false;

	while (html_attr_next(&rest, &a)) {
		if (str_eq_nocase(a.name, STR("content")) && content.name.n == 0)
			content = a;
		else if (str_eq_nocase(a.name, STR("http-equiv")))
			refresh |= str_eq_nocase(str_trim(find_html_value(f, a.value)), STR("refresh"));
	}
	if (!refresh || content.value.n == 0)
		return;
	like.quote = content.quote;
	like.attr = whole(t, &content);
	put_refresh(f, &like, content.value);
}

/* --- words that are not shown --- */

/* Is there "y:" or "e:" and then "n", "h", "0" or "a", with which all of the ways below have their colon? */
static bool
may_hide(struct str style)
{
	size_t at = 0, colon;

	while ((colon = str_chr(str_from(style, at), ':')) != STR_NPOS) {
		size_t name = at + colon, value = skip(style, name + 1, false);

		while (name > at && ascii_is_space((unsigned char)style.p[name - 1]))
			name--;
		at += colon + 1;
		if (name > 0 && value < style.n && str_chr(STR("yYeE"), style.p[name - 1]) != STR_NPOS &&
		    str_chr(STR("nNhH0aA"), style.p[value]) != STR_NPOS)
			return true;
	}
	return false;
}

/* Style properties by which words stay unseen; white space is left out of the comparison. */
static bool
hides(struct finder *f, struct str style)
{
	static const char *const ways[] = { "display:none", "visibility:hidden", "font-size:0", "opacity:0",
		"mso-hide:all" };
	struct str s;

	if (!may_hide(style))
		return false;
	buf_reset(&f->scratch);
	for (size_t i = 0; i < style.n && f->scratch.n < STYLE_BYTES; i++)
		if (!ascii_is_space((unsigned char)style.p[i]))
			buf_addc(&f->scratch, (char)ascii_lower((unsigned char)style.p[i]));
	s = buf_str(&f->scratch);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		size_t at = str_find(s, str_of(ways[i]));
		size_t behind = at == STR_NPOS ? s.n : at + strlen(ways[i]);
		/* "font-size:0.9em", "opacity:0.5" and "font-size:09px" are seen. */
		bool whole = behind == s.n || (s.p[behind] != '.' && !ascii_is_digit((unsigned char)s.p[behind]));

		if (at != STR_NPOS && whole)
			return true;
	}
	return false;
}

static bool
is_unseen(struct finder *f, const struct html_attr *a)
{
	if (a->name.n == 5)
		return str_eq_nocase(a->name, STR("style")) && hides(f, a->value);
	return a->name.n == 6 && str_eq_nocase(a->name, STR("hidden"));
}

void
find_html_tag(struct finder *f, const struct html_token *t)
{
	struct str name = local_name(t->name);
	bool input = f->form != FIND_NONE && !f->secret && str_eq_nocase(name, STR("input"));
	bool words = f->anchor != FIND_NONE || str_eq_nocase(name, STR("a"));
	struct str rest = t->attrs;
	struct html_attr a;
	uint64_t seen = 0;

	if (t->name.n == 4 && str_eq_nocase(t->name, STR("meta")))
		put_meta(f, t);
	while (html_attr_next(&rest, &a)) {
		put_attr(f, t, &a, &seen);
		if (input)
			note_input(f, &a);
		if (words)
			f->unseen |= is_unseen(f, &a);
	}
}
