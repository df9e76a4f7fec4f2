/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* One walk over the bytes, one mailbox at a time:
 *
 *	mailbox  = words "<" [route ":"] spec ">"  |  spec
 *	list     = mailbox *("," mailbox), with "name:" ... ";" around some (groups)
 *
 * Groups are not nested here: every ':' outside of quotes ends a group's name, every ';'
 * ends a mailbox, so that "a:a:a:" needs no stack. Comments count their depth. What is
 * collected for a mailbox are its words outside of the angle brackets, the text inside,
 * and the last comment, which stands for a name when there is none (RFC 5322 3.4,
 * "joe@example.com (Joe)"). */
#include "message/addr.h"

#include <string.h>

#include "base/ascii.h"
#include "base/vec.h"
#include "message/defect.h"
#include "message/header.h"

struct reader {
	struct pool *pool;
	const struct limits *lim;
	struct str in;
	size_t at;
	struct vec list;
	uint64_t *defects;
	/* the mailbox at hand */
	char *words;		/* text outside of <>, quotes removed; room for all of `in` */
	size_t n_words;
	bool space;		/* white space stood in front of what comes */
	struct str angle, comment;
	bool has_angle, behind;	/* something follows the '>' */
};

static void
bad(struct reader *r)
{
	*r->defects |= DEFECT_BIT(ADDRESS_SYNTAX);
}

static void
start_mailbox(struct reader *r)
{
	r->words += r->n_words;	/* the text so far stays; slices point to it */
	r->n_words = 0;
	r->space = r->has_angle = r->behind = false;
	r->angle = r->comment = STR_NONE;
}

static void
add_word_byte(struct reader *r, char c)
{
	if (r->space && r->n_words)
		r->words[r->n_words++] = ' ';
	r->space = false;
	r->words[r->n_words++] = c;
	r->behind |= r->has_angle;
}

static void
take_quoted(struct reader *r)
{
	for (r->at++; r->at < r->in.n && r->in.p[r->at] != '"'; r->at++) {
		if (r->in.p[r->at] == '\\' && r->at + 1 < r->in.n)
			r->at++;
		if (r->in.p[r->at] != '\r' && r->in.p[r->at] != '\n')
			add_word_byte(r, r->in.p[r->at]);
	}
	if (r->at++ >= r->in.n)
		bad(r);
}

static void
take_comment(struct reader *r)
{
	uint64_t deep = 0;
	size_t end = header_comment_end(r->lim, r->in, r->at, &deep);

	r->comment = str_trim(str_sub(r->in, r->at + 1, end - r->at - 2));
	if (deep || end > r->in.n || r->in.p[end - 1] != ')')
		bad(r);
	*r->defects |= deep;
	r->at = end;
	r->space = true;
}

/* The end of an angle address that begins at `from`, quotes skipped. */
static size_t
angle_end(struct str in, size_t from)
{
	bool quoted = false;

	for (size_t i = from; i < in.n; i++) {
		if (in.p[i] == '\\' && quoted)
			i++;
		else if (in.p[i] == '"')
			quoted = !quoted;
		else if (in.p[i] == '>' && !quoted)
			return i;
		else if ((in.p[i] == '<' || in.p[i] == ',') && !quoted && in.p[from] != '@')
			return i;	/* never closed */
	}
	return in.n;
}

static void
take_angle(struct reader *r)
{
	size_t end = angle_end(r->in, r->at + 1);
	struct str text = str_sub(r->in, r->at + 1, end - r->at - 1);

	if (end >= r->in.n || r->in.p[end] != '>')
		bad(r);
	if (r->has_angle)
		bad(r);		/* two of them: the last one is what most clients use */
	r->angle = text;
	r->has_angle = true;
	r->at = end < r->in.n && r->in.p[end] == '>' ? end + 1 : end;
	r->space = true;
}

/* ---- mailboxes ---- */

/* An addr-spec without white space, comments and the quotes of its local part. */
static struct str
clean_spec(struct reader *r, struct str in)
{
	char *p = pool_cstr(r->pool, in);
	size_t n = 0;
	uint64_t ignored = 0;
	bool quoted = false;

	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (c == '(' && !quoted) {
			i = header_comment_end(r->lim, in, i, &ignored) - 1;
			continue;
		}
		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (c == '\\' && quoted && i + 1 < in.n)
			c = in.p[++i];
		if (quoted || !ascii_is_space((unsigned char)c))
			p[n++] = c;
	}
	return (struct str){ p, n };
}

/* RFC 5322 4.4: "@a,@b:user@c", the route goes. */
static struct str
without_route(struct str spec)
{
	size_t colon;

	if (!spec.n || spec.p[0] != '@')
		return spec;
	colon = str_chr(spec, ':');
	return colon == STR_NPOS ? spec : str_from(spec, colon + 1);
}

static bool
has_bad_byte(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c == 0x7f || strchr("<>()[],;:\\", c))
			return true;
	}
	return false;
}

static void
check_spec(struct reader *r, const struct addr *a)
{
	struct str local = a->local;

	if (a->domain.n && !local.n)
		bad(r);
	if (str_find(a->text, STR("=?")) != STR_NPOS)
		*r->defects |= DEFECT_BIT(ENCODED_ADDRESS);
	if (str_chr(a->domain, '[') != 0 && has_bad_byte(a->domain))
		bad(r);
	if ((local.n && memchr(local.p, '\0', local.n)) || str_chr(local, '@') != STR_NPOS)
		bad(r);
}

static void
add_mailbox(struct reader *r, struct str name, struct str spec)
{
	struct addr *a;
	size_t at = str_rchr(spec, '@');
	uint64_t ignored = 0;

	if (r->list.n >= (size_t)r->lim->addresses) {
		*r->defects |= DEFECT_BIT(LIMIT_ADDRESSES);
		r->at = r->in.n;
		return;
	}
	a = vec_push(r->pool, &r->list, sizeof(*a));
	a->name = header_text(r->pool, r->lim, name, &ignored);
	a->local = str_upto(spec, at);
	a->domain = at == STR_NPOS ? STR_NONE : str_from(spec, at + 1);
	while (a->domain.n && a->domain.p[a->domain.n - 1] == '.')
		a->domain.n--;
	a->text = a->domain.n ? str_upto(spec, (size_t)(a->domain.p + a->domain.n - spec.p)) : a->local;
	check_spec(r, a);
}

static void
end_mailbox(struct reader *r)
{
	struct str words = str_trim((struct str){ r->words, r->n_words });

	if (r->has_angle) {
		struct str spec = without_route(clean_spec(r, r->angle));

		if (r->behind)
			bad(r);
		if (spec.n || words.n)
			add_mailbox(r, words.n ? words : r->comment, spec);
	} else if (words.n) {
		struct str spec = clean_spec(r, words);

		if (str_find(words, STR("=?")) != STR_NPOS)
			*r->defects |= DEFECT_BIT(ENCODED_ADDRESS);
		add_mailbox(r, r->comment, spec);
	}
	start_mailbox(r);
}

static void
take_byte(struct reader *r, char c)
{
	switch (c) {
	case '"':
		take_quoted(r);
		return;
	case '(':
		take_comment(r);
		return;
	case '<':
		take_angle(r);
		return;
	case ',':
	case ';':
		r->at++;
		end_mailbox(r);
		return;
	case ':':
		r->at++;
		start_mailbox(r);	/* the name of a group */
		return;
	default:
		break;
	}
	if (ascii_is_space((unsigned char)c))
		r->space = true;
	else
		add_word_byte(r, c);
	r->at++;
}

struct addr_list
addr_parse(struct pool *pool, const struct limits *lim, struct str in, uint64_t *defects)
{
	struct reader r = { .pool = pool, .lim = lim, .in = str_trim(in), .defects = defects };

	r.words = pool_alloc(pool, r.in.n * 2 + 1);	/* at most one space for each byte */
	if (r.in.n && memchr(r.in.p, '\0', r.in.n))
		bad(&r);
	start_mailbox(&r);
	while (r.at < r.in.n)
		take_byte(&r, r.in.p[r.at]);
	end_mailbox(&r);
	return (struct addr_list){ r.list.items, r.list.n };
}
