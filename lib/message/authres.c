/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/authres.h"

#include "base/ascii.h"
#include "base/vec.h"
#include "message/header.h"

struct reader {
	struct pool *pool;
	struct str in;
	size_t at;
	char *text;		/* what was between quotes, one behind the other: never longer than `in` */
	size_t used;
	bool bad;
};

static char
peek(const struct reader *r)
{
	return r->at < r->in.n ? r->in.p[r->at] : '\0';
}

static bool
at_end(const struct reader *r)
{
	return r->at >= r->in.n;
}

static void
comment(struct reader *r)
{
	int level = 0;

	for (; r->at < r->in.n; r->at++) {
		switch (r->in.p[r->at]) {
		case '\\':
			r->at++;
			break;
		case '(':
			r->bad |= ++level > AUTHRES_NEST;
			break;
		case ')':
			if (--level == 0) {
				r->at++;
				return;
			}
			break;
		}
	}
	r->at = r->in.n;
	r->bad = true;		/* never closed */
}

/* [CFWS] */
static void
skip(struct reader *r)
{
	while (!at_end(r)) {
		if (peek(r) == '(')
			comment(r);
		else if (ascii_is_space((unsigned char)peek(r)))
			r->at++;
		else
			return;
	}
}

/* The next byte, when it is this one. */
static bool
take(struct reader *r, char c)
{
	if (at_end(r) || peek(r) != c)
		return false;
	r->at++;
	return true;
}

/* RFC 2045 5.1: no space, no control, no tspecials. RFC 6532: UTF-8 is fine. */
static bool
is_token(unsigned char c)
{
	return c > ' ' && c != 0x7f && !strchr("()<>@,;:\\\"/[]?=", c);
}

/* RFC 5321 4.1.2: Keyword; '_' is none but used. */
static bool
is_keyword(unsigned char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_';
}

static struct str
span(struct reader *r, bool (*is)(unsigned char))
{
	size_t from = r->at;

	while (!at_end(r) && is((unsigned char)peek(r)))
		r->at++;
	r->bad |= r->at == from;
	return str_sub(r->in, from, r->at - from);
}

static void
keep(struct reader *r, char c)
{
	if (!r->text)
		r->text = pool_alloc(r->pool, r->in.n);
	r->text[r->used++] = c;
}

static void
quoted(struct reader *r)
{
	for (r->at++; !at_end(r); r->at++) {
		char c = peek(r);

		if (c == '"') {
			r->at++;
			return;
		}
		if (c == '\\' && r->at + 1 < r->in.n)
			c = r->in.p[++r->at];
		if (c != '\r' && c != '\n')
			keep(r, c);
	}
	r->bad = true;
}

static struct str
kept(const struct reader *r, size_t from)
{
	return r->used > from ? (struct str){ r->text + from, r->used - from } : STR("");
}

/* value: a token or a quoted string. */
static struct str
value(struct reader *r)
{
	size_t from = r->used;

	if (peek(r) != '"')
		return span(r, is_token);
	quoted(r);
	return kept(r, from);
}

static bool
is_plain(unsigned char c)
{
	return c > ' ' && c != 0x7f && !strchr("();\"", c);
}

/* pvalue: a value, or an address whose local part may be a quoted string. */
static struct str
pvalue(struct reader *r)
{
	size_t from = r->at, text = r->used;

	while (!at_end(r) && is_plain((unsigned char)peek(r)))
		r->at++;
	if (peek(r) != '"')
		return str_sub(r->in, from, r->at - from);
	r->at = from;
	while (!at_end(r) && (peek(r) == '"' || is_plain((unsigned char)peek(r)))) {
		if (peek(r) == '"')
			quoted(r);
		else
			keep(r, r->in.p[r->at++]);
	}
	return kept(r, text);
}

static uint32_t
number(struct reader *r)
{
	uint64_t v = 0;
	size_t from = r->at;

	while (!at_end(r) && ascii_is_digit((unsigned char)peek(r)))
		r->at++;
	if (!str_to_u64(str_sub(r->in, from, r->at - from), &v) || v > 999999)
		r->bad = true;
	return r->bad ? 0 : (uint32_t)v;
}

/* reason=value, ptype.property=pvalue, or a word=value that is neither. */
static void
detail(struct reader *r, struct authres_result *res, struct vec *props)
{
	struct str word = span(r, is_keyword), name = STR_NONE;
	struct authres_prop *p;

	skip(r);
	if (take(r, '.')) {
		skip(r);
		name = span(r, is_keyword);
		skip(r);
	}
	if (!take(r, '='))
		r->bad = true;
	skip(r);
	if (r->bad)
		return;
	if (name.n == 0) {
		if (str_eq_nocase(word, STR("reason")))
			res->reason = value(r);
		else
			(void)pvalue(r);
		return;
	}
	r->bad |= props->n == AUTHRES_PROPS;
	p = vec_push(r->pool, props, sizeof(*p));
	*p = (struct authres_prop){ word, name, pvalue(r) };
}

/* methodspec and what follows it; false at "none", which is no result. */
static bool
resinfo(struct reader *r, struct authres_result *res)
{
	struct vec props = { .n = 0 };

	*res = (struct authres_result){ .method = span(r, is_keyword), .version = 1 };
	skip(r);
	if (str_eq_nocase(res->method, STR("none")) && (at_end(r) || peek(r) == ';'))
		return false;
	if (take(r, '/')) {
		skip(r);
		res->version = number(r);
		skip(r);
	}
	if (!take(r, '='))
		r->bad = true;
	skip(r);
	res->result = span(r, is_keyword);
	skip(r);
	while (!r->bad && !at_end(r) && peek(r) != ';') {
		detail(r, res, &props);
		skip(r);
	}
	res->props = props.items;
	res->n_props = props.n;
	return true;
}

static struct str
without_dots(struct str id)
{
	while (id.n && id.p[id.n - 1] == '.')
		id.n--;
	return id;
}

/* [CFWS] authserv-id [CFWS version] [CFWS] */
static void
head(struct reader *r, struct authres *out)
{
	skip(r);
	out->id = without_dots(value(r));
	out->version = 1;
	skip(r);
	if (ascii_is_digit((unsigned char)peek(r))) {
		out->version = number(r);
		skip(r);
	}
	out->bad_id = r->bad || out->id.n == 0 || (!at_end(r) && peek(r) != ';');
	r->bad |= out->bad_id;
}

void
authres_parse(struct pool *pool, struct str in, struct authres *out)
{
	struct reader r = { .pool = pool, .in = str_upto(in, AUTHRES_BYTES) };
	struct vec results = { .n = 0 };
	struct authres_result res;

	*out = (struct authres){ .n = 0 };
	head(&r, out);
	while (!r.bad && take(&r, ';')) {
		skip(&r);
		if (at_end(&r))
			break;		/* Not RFC: a final semicolon is common */
		if (!resinfo(&r, &res) || r.bad)
			continue;
		r.bad |= results.n == AUTHRES_RESULTS;
		*(struct authres_result *)vec_push(pool, &results, sizeof(res)) = res;
	}
	out->results = results.items;
	out->n = results.n;
	out->bad = r.bad || !at_end(&r) || in.n > AUTHRES_BYTES;
}

struct str
authres_prop(const struct authres_result *res, struct str ptype, struct str name)
{
	for (size_t i = 0; i < res->n_props; i++)
		if (str_eq_nocase(res->props[i].ptype, ptype) && str_eq_nocase(res->props[i].name, name))
			return res->props[i].value;
	return STR_NONE;
}

bool
authres_same_id(struct str a, struct str b)
{
	a = without_dots(a);
	return a.n && str_eq_nocase(a, without_dots(b));
}

bool
authres_is_of(struct pool *pool, const struct limits *lim, struct str in, struct str id)
{
	struct authres a;
	uint64_t ignored = 0;

	id = without_dots(id);
	if (id.n == 0)
		return false;
	authres_parse(pool, in, &a);
	if (!a.bad_id)
		return str_eq_nocase(a.id, id);
	/* Readers differ in what they make of it: ours when the name stands there in any form. */
	return str_find_nocase(in, id) != STR_NPOS ||
	    str_find_nocase(header_token(pool, lim, in), id) != STR_NPOS ||
	    str_find_nocase(header_text(pool, lim, in, &ignored), id) != STR_NPOS;
}
