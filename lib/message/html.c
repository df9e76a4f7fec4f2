/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The tokenizer. Each function takes the input from one '<' or text to its end and never
 * looks behind it, so that time is linear: what has no end ends with the input. */
#include "message/html.h"

#include "base/ascii.h"
#include "message/defect.h"

void
html_init(struct html *h, const struct limits *lim, struct str in)
{
	*h = (struct html){ .in = in, .lim = lim };
}

/* What ends a name or a value that stands without quotes. */
enum { SPACE = 1, SLASH = 2, GREATER = 4, EQUALS = 8, NAME_END = SPACE | SLASH | GREATER | EQUALS };

static const unsigned char marks[256] = {
	[' '] = SPACE, ['\t'] = SPACE, ['\n'] = SPACE, ['\r'] = SPACE, ['\f'] = SPACE,
	['/'] = SLASH, ['>'] = GREATER, ['='] = EQUALS
};

static bool
is_mark(char c, unsigned which)
{
	return marks[(unsigned char)c] & which;
}

static bool
is_space(char c)
{
	return is_mark(c, SPACE);
}

static size_t
skip(struct str s, size_t at, unsigned which)
{
	while (at < s.n && is_mark(s.p[at], which))
		at++;
	return at;
}

static size_t
skip_to(struct str s, size_t at, unsigned which)
{
	while (at < s.n && !is_mark(s.p[at], which))
		at++;
	return at;
}

/* Where the attribute that starts at `at` ends; nothing is one when a '>' comes first. The
 * quoted states of 13.2.5.36 to 38 are the only ones in which '>' does not end the tag. */
static bool
attribute(struct str s, size_t *atp, struct html_attr *a)
{
	size_t at = skip(s, *atp, SPACE | SLASH), start = at;

	*atp = at;
	if (at == s.n || s.p[at] == '>')
		return false;
	/* From the second byte on: 13.2.5.32, unexpected-equals-sign-before-attribute-name. */
	at = skip_to(s, at + 1, NAME_END);
	*a = (struct html_attr){ .name = str_sub(s, start, at - start) };
	*atp = at;
	at = skip(s, at, SPACE);
	if (at == s.n || s.p[at] != '=')
		return true;
	at = skip(s, at + 1, SPACE);
	if (at < s.n && (s.p[at] == '"' || s.p[at] == '\'')) {
		a->quote = s.p[at];
		a->value = str_upto(str_from(s, at + 1), str_chr(str_from(s, at + 1), a->quote));
		at += 1 + a->value.n;
		*atp = at < s.n ? at + 1 : at;
		return true;
	}
	start = at;
	at = skip_to(s, at, SPACE | GREATER);
	a->value = str_sub(s, start, at - start);
	*atp = at;
	return true;
}

bool
html_attr_next(struct str *rest, struct html_attr *a)
{
	size_t at = 0;
	bool found = attribute(*rest, &at, a);

	*rest = found ? str_from(*rest, at) : STR_NONE;
	return found;
}

/* What a start or end tag changes for the tokens behind it. */
static void
enter(struct html *h, struct html_token *t)
{
	unsigned e = t->element = html_element(h->known, t->name);

	if (e & HTML_FOREIGN)
		h->foreign = t->kind == HTML_START && !(t->attrs.n && t->attrs.p[t->attrs.n - 1] == '/');
	else if ((e & HTML_BREAKOUT) && t->kind == HTML_START)
		h->foreign = false;
	if (t->kind == HTML_START && !h->foreign && (e & HTML_RAW)) {
		h->rawtext = t->name;
		h->rawtext_element = e;
	}
}

/* A tag whose name starts at `at`. False: over a limit. */
static bool
tag(struct html *h, size_t at, struct html_token *t)
{
	struct str in = h->in;
	size_t start = at, end;
	int64_t attrs = 0;
	struct html_attr a;

	if (++h->tags > h->lim->html_tags)
		return false;
	at = skip_to(in, at, SPACE | SLASH | GREATER);
	t->name = str_sub(in, start, at - start);
	for (end = at; attribute(in, &end, &a); attrs++)
		if (attrs >= h->lim->html_attrs)
			return false;
	t->attrs = str_sub(in, at, end - at);
	t->raw = str_sub(in, h->off, end + 1 - h->off);
	enter(h, t);
	return true;
}

/* 13.2.5.44 to 51: "-->" and "--!>" end a comment, "<!-->" and "<!--->" are whole ones. */
static size_t
comment_end(struct str in, size_t at)
{
	if (at < in.n && in.p[at] == '>')
		return at + 1;
	if (str_starts(str_from(in, at), STR("->")))
		return at + 2;
	for (;;) {
		size_t dash = str_chr(str_from(in, at), '-');

		if (dash == STR_NPOS)
			return in.n;
		at += dash + 1;
		if (str_starts(str_from(in, at), STR("->")))
			return at + 2;
		if (str_starts(str_from(in, at), STR("-!>")))
			return at + 3;
	}
}

static size_t
behind_greater(struct str in, size_t at)
{
	size_t found = str_chr(str_from(in, at), '>');

	return found == STR_NPOS ? in.n : at + found + 1;
}

/* "]]>", found by its last byte. */
static size_t
cdata_end(struct str in, size_t start)
{
	size_t at = start;

	do
		at = behind_greater(in, at);
	while (at < in.n && (at < start + 3 || !str_starts(str_from(in, at - 3), STR("]]>"))));
	return at;
}

/* "<!" and "<?": comments, real and bogus, the document type, CDATA. */
static void
declaration(struct html *h, struct html_token *t)
{
	struct str in = h->in, rest = str_from(in, h->off);
	size_t end;

	t->kind = HTML_COMMENT;
	if (str_starts(rest, STR("<!--"))) {
		end = comment_end(in, h->off + 4);
	} else if (str_starts(rest, STR("<![CDATA["))) {
		/* 13.2.5.42: only inside svg and math; elsewhere a bogus comment. */
		t->kind = HTML_CDATA;
		end = h->foreign ? cdata_end(in, h->off + 9) : behind_greater(in, h->off + 9);
	} else {
		if (str_starts_nocase(rest, STR("<!doctype")))
			t->kind = HTML_DOCTYPE;
		end = behind_greater(in, h->off);
	}
	t->raw = str_sub(in, h->off, end - h->off);
}

static bool
ends_name(struct str in, size_t at)
{
	return at >= in.n || is_space(in.p[at]) || in.p[at] == '/' || in.p[at] == '>';
}

/* Is there "<" or "</" and the element's name at `at`? */
static bool
is_tag(struct str in, size_t at, struct str open, struct str name)
{
	return str_starts(str_from(in, at), open) && str_starts_nocase(str_from(in, at + open.n), name) &&
	    ends_name(in, at + open.n + name.n);
}

/* Where raw text ends: at its end tag. Inside a script, "<!--" and then "<script" hide one
 * end tag (13.2.5.20 to 31, script data double escaped). */
static size_t
rawtext_end(struct str in, size_t at, struct str name)
{
	bool script = str_eq_nocase(name, STR("script")), escaped = false, twice = false;

	if (str_eq_nocase(name, STR("plaintext")))
		return in.n;
	for (; at < in.n; at++) {
		size_t lt;

		if (escaped) {
			if (str_starts(str_from(in, at), STR("-->")))
				escaped = twice = false;
		} else {
			lt = str_chr(str_from(in, at), '<');
			if (lt == STR_NPOS)
				return in.n;
			at += lt;
		}
		if (in.p[at] != '<')
			continue;
		if (is_tag(in, at, STR("</"), name) && !twice)
			return at;
		if (is_tag(in, at, STR("</"), name))
			twice = false;
		else if (script && escaped && is_tag(in, at, STR("<"), name))
			twice = true;
		else if (script && str_starts(str_from(in, at), STR("<!--")))
			escaped = true;
	}
	return in.n;
}

static void
text(struct html *h, struct html_token *t)
{
	size_t next = str_chr(str_from(h->in, h->off + 1), '<');

	t->kind = HTML_TEXT;
	t->raw = str_sub(h->in, h->off, next == STR_NPOS ? h->in.n : next + 1);
}

static bool
markup(struct html *h, struct html_token *t)
{
	struct str rest = str_from(h->in, h->off);
	unsigned char c = rest.n > 1 ? (unsigned char)rest.p[1] : 0;
	unsigned char after = rest.n > 2 ? (unsigned char)rest.p[2] : 0;

	if (ascii_is_alpha(c)) {
		t->kind = HTML_START;
		return tag(h, h->off + 1, t);
	}
	if (c == '/' && ascii_is_alpha(after)) {
		t->kind = HTML_END;
		return tag(h, h->off + 2, t);
	}
	/* "</" before anything else but '>' opens a bogus comment; "</>" is nothing at all. */
	if (c == '!' || c == '?' || (c == '/' && rest.n > 2))
		declaration(h, t);
	else
		text(h, t);
	return true;
}

bool
html_next(struct html *h, struct html_token *t)
{
	size_t end;

	*t = (struct html_token){ .kind = HTML_TEXT };
	if (h->off >= h->in.n)
		return false;
	if (h->rawtext.n) {
		end = rawtext_end(h->in, h->off, h->rawtext);
		if (end > h->off) {
			t->kind = HTML_RAWTEXT;
			t->name = h->rawtext;
			t->element = h->rawtext_element;
			t->raw = str_sub(h->in, h->off, end - h->off);
		}
		h->rawtext = STR_NONE;
	}
	if (t->raw.n == 0 && h->in.p[h->off] != '<') {
		text(h, t);
	} else if (t->raw.n == 0 && !markup(h, t)) {
		h->defects |= DEFECT_BIT(LIMIT_HTML);
		h->off = h->in.n;
		return false;
	}
	h->off += t->raw.n;
	return true;
}
