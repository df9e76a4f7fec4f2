/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/*
 * macro-string = *( macro-expand / macro-literal )
 * macro-expand = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
 * transformers = *DIGIT [ "r" ]
 * delimiter    = "." / "-" / "+" / "," / "/" / "_" / "="
 * domain-spec  = macro-string domain-end
 * domain-end   = ( "." toplabel [ "." ] ) / macro-expand
 */
#include "auth/spf_macro.h"

#include "base/ascii.h"

enum kind { END, TEXT, ESCAPE, MACRO, BAD };

struct piece {
	struct str text;	/* TEXT: as it stands; ESCAPE: what it stands for */
	unsigned char letter;	/* lower case */
	bool url;		/* written in upper case: RFC 7208 7.3, URL escaping */
	bool reverse;
	uint64_t keep;		/* right-hand parts, 0 for all */
	struct str delimiters;	/* empty: "." */
};

static const struct str letters = { "slodiphvcrt", 11 };
enum { LETTERS_EVERYWHERE = 8 };

static enum kind
read_escape(unsigned char c, struct piece *out)
{
	switch (c) {
	case '%':
		out->text = STR("%");
		return ESCAPE;
	case '_':
		out->text = STR(" ");
		return ESCAPE;
	case '-':
		out->text = STR("%20");
		return ESCAPE;
	default:
		return BAD;
	}
}

static bool
is_delimiter(char c)
{
	return str_chr(STR(".-+,/_="), c) != STR_NPOS;
}

/* *DIGIT; RFC 7208 7.1: when there is a number it is not zero. More than any name has parts is all. */
static bool
read_keep(struct str in, size_t *at, struct piece *out)
{
	size_t start = *at;

	for (; *at < in.n && ascii_is_digit((unsigned char)in.p[*at]); ++*at)
		if (out->keep < 100000)
			out->keep = out->keep * 10 + (uint64_t)(in.p[*at] - '0');
	return *at == start || out->keep > 0;
}

/* Behind "%{" up to and with "}". */
static enum kind
read_macro(struct str *rest, struct piece *out)
{
	size_t close = str_chr(*rest, '}'), at = 1;
	struct str in = str_upto(*rest, close);

	if (close == STR_NPOS || in.n == 0)
		return BAD;
	out->letter = ascii_lower((unsigned char)in.p[0]);
	out->url = ascii_is_upper((unsigned char)in.p[0]);
	if (str_chr(letters, (char)out->letter) == STR_NPOS || !read_keep(in, &at, out))
		return BAD;
	if (at < in.n && ascii_lower((unsigned char)in.p[at]) == 'r') {
		out->reverse = true;
		at++;
	}
	out->delimiters = str_from(in, at);
	for (; at < in.n; at++)
		if (!is_delimiter(in.p[at]))
			return BAD;
	*rest = str_from(*rest, close + 1);
	return MACRO;
}

/* Cut the next piece off *rest. */
static enum kind
next_piece(struct str *rest, struct piece *out)
{
	size_t percent = str_chr(*rest, '%');
	unsigned char c;

	*out = (struct piece){ .letter = 0 };
	if (rest->n == 0)
		return END;
	if (percent != 0) {
		out->text = str_upto(*rest, percent);
		*rest = str_from(*rest, out->text.n);
		return TEXT;
	}
	if (rest->n < 2)
		return BAD;
	c = (unsigned char)rest->p[1];
	*rest = str_from(*rest, 2);
	return c == '{' ? read_macro(rest, out) : read_escape(c, out);
}

/* macro-literal = %x21-24 / %x26-7E; explanations have spaces too (RFC 7208 6.2). */
static bool
is_literal(struct str s, enum spf_use use)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_print((unsigned char)s.p[i]) || (s.p[i] == ' ' && use != SPF_USE_EXPLAIN))
			return false;
	return true;
}

/* toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum ) */
static bool
is_toplabel(struct str s)
{
	bool letter = false;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!ascii_is_alnum(c) && c != '-')
			return false;
		letter |= !ascii_is_digit(c);
	}
	return letter && s.p[0] != '-' && s.p[s.n - 1] != '-';
}

static bool
is_domain_end(struct str s)
{
	size_t dot;

	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	dot = str_rchr(s, '.');
	return dot != STR_NPOS && is_toplabel(str_from(s, dot + 1));
}

/* The last piece decides whether a domain-spec ends as it must. */
static bool
check(struct str text, enum spf_use use, bool *ends)
{
	struct piece p;
	enum kind kind;

	*ends = false;
	while ((kind = next_piece(&text, &p)) != END) {
		if (kind == BAD || (kind == TEXT && !is_literal(p.text, use)))
			return false;
		if (kind == MACRO && use == SPF_USE_DOMAIN && str_chr(letters, (char)p.letter) >= LETTERS_EVERYWHERE)
			return false;
		*ends = kind == TEXT ? is_domain_end(p.text) : true;
	}
	return true;
}

bool
spf_macro_valid(struct str text, enum spf_use use)
{
	bool ends;

	return check(text, use, &ends);
}

bool
spf_domain_spec_valid(struct str text)
{
	bool ends;

	return check(text, SPF_USE_DOMAIN, &ends) && ends;
}

bool
spf_macro_has(struct str text, struct str of)
{
	struct piece p;
	enum kind kind;

	while ((kind = next_piece(&text, &p)) != END && kind != BAD)
		if (kind == MACRO && str_chr(of, (char)p.letter) != STR_NPOS)
			return true;
	return false;
}

static struct str
value_of(const struct spf_vars *v, unsigned char letter)
{
	switch (letter) {
	case 's': return v->sender;
	case 'l': return v->local;
	case 'o': return v->sender_domain;
	case 'd': return v->domain;
	case 'i': return v->ip;
	case 'p': return v->name;
	case 'h': return v->helo;
	case 'v': return v->family;
	case 'c': return v->ip_text;
	case 'r': return v->receiver;
	case 't': return v->time;
	default: return STR_NONE;
	}
}

static void
put(struct buf *out, struct str s, bool url)
{
	if (!url) {
		buf_add(out, s);
		return;
	}
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		/* RFC 3986 2.3: unreserved */
		if (ascii_is_alnum(c) || str_chr(STR("-._~"), (char)c) != STR_NPOS)
			buf_addc(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

static bool
splits(const struct piece *p, char c)
{
	return str_chr(p->delimiters.n ? p->delimiters : STR("."), c) != STR_NPOS;
}

/* The right-hand parts that stay, joined by dots. */
static void
put_parts(struct buf *out, const struct piece *p, struct str value)
{
	size_t start = value.n, end;
	uint64_t parts = 0;

	for (; start > 0; start--)
		if (splits(p, value.p[start - 1]) && ++parts == p->keep)
			break;
	for (; start < value.n; start = end + 1) {
		for (end = start; end < value.n && !splits(p, value.p[end]); end++)
			;
		put(out, str_sub(value, start, end - start), p->url);
		if (end < value.n)
			buf_addc(out, '.');
	}
}

/* Reversed, the right-hand parts that stay are the first ones of the value. */
static void
put_reversed(struct buf *out, const struct piece *p, struct str value)
{
	size_t end = 0, start;
	uint64_t parts = 0;

	for (; end < value.n; end++)
		if (splits(p, value.p[end]) && ++parts == p->keep)
			break;
	for (;;) {
		for (start = end; start > 0 && !splits(p, value.p[start - 1]); start--)
			;
		put(out, str_sub(value, start, end - start), p->url);
		if (start == 0)
			return;
		buf_addc(out, '.');
		end = start - 1;
	}
}

void
spf_macro_expand(const struct spf_vars *v, struct str text, struct buf *out)
{
	struct piece p;
	enum kind kind;

	while (!out->full && (kind = next_piece(&text, &p)) != END && kind != BAD) {
		if (kind != MACRO)
			buf_add(out, p.text);
		else if (p.reverse)
			put_reversed(out, &p, value_of(v, p.letter));
		else if (p.keep || p.delimiters.n)
			put_parts(out, &p, value_of(v, p.letter));
		else
			put(out, value_of(v, p.letter), p.url);
	}
}
