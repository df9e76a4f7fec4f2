/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A structured value is cut into occurrences (name, RFC 2231 marks, text) first; then
 * every occurrence gives its readings, and pieces are joined. What clients make of odd
 * syntax differs, so that one occurrence may give several values:
 *
 *	a="b\c"         bc, then b\c
 *	a="b" c         b, then bc
 *	a="b            up to the end, then up to the ';'
 *	a=b(c)          b, then b(c)
 *	a=b c           "b c", then b; but in "a=b c=d" white space separates
 *	a='b'           'b', then b
 *	a=b c;d         also "b c;d": the raw tail, when no '=' follows
 *	a*0=b; a*1=c    joined by number, then in the order of the field
 *	a=b; a*=''c     c, then b
 */
#include "message/header.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/vec.h"
#include "message/charset.h"
#include "message/decode.h"
#include "message/defect.h"

enum {
	READINGS_MAX = 6,		/* of one occurrence */
	SAME_LOOK = 32,			/* values before this one that are compared for equality */
	VALUE_MAX = 64 * 1024,		/* bytes of one joined value */
	PIECE_MAX = 100000		/* largest number of a RFC 2231 piece */
};

/* One name=value as it stands in the field. */
struct occur {
	struct str name;		/* lower case, without marks */
	struct str text[READINGS_MAX];	/* best first */
	size_t n_text;
	int64_t piece;			/* RFC 2231 number, -1 for none */
	bool extended;			/* RFC 2231 '*' at the end: percent-encoded */
	size_t order;
	bool joined;			/* already part of a joined value */
};

struct reader {
	struct pool *pool;
	const struct limits *lim;
	struct str in;
	size_t at;
	struct vec occurs, out;
	uint64_t *defects;
};

static bool
is_space(char c)
{
	return ascii_is_space((unsigned char)c);
}

size_t
header_comment_end(const struct limits *lim, struct str in, size_t off, uint64_t *defects)
{
	int64_t depth = 0;

	for (; off < in.n; off++) {
		if (in.p[off] == '\\')
			off++;
		else if (in.p[off] == '(')
			depth++;
		else if (in.p[off] == ')' && --depth == 0)
			return off + 1;
		if (depth > lim->comment_nest) {
			*defects |= DEFECT_BIT(LIMIT_PARAMS);
			return in.n;
		}
	}
	return in.n;
}

static bool
skip_blank(struct reader *r)
{
	size_t from = r->at;

	while (r->at < r->in.n) {
		if (is_space(r->in.p[r->at]))
			r->at++;
		else if (r->in.p[r->at] == '(')
			r->at = header_comment_end(r->lim, r->in, r->at, r->defects);
		else
			break;
	}
	return r->at > from;
}

/* `in` without comments, quotes and line ends; white space goes too when `squeeze`. */
static struct str
plain_text(struct reader *r, struct str in, bool squeeze)
{
	char *p = pool_cstr(r->pool, in);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (c == '(') {
			i = header_comment_end(r->lim, in, i, r->defects) - 1;
			continue;
		}
		if (c == '"' || c == '\r' || c == '\n' || (squeeze && is_space(c)))
			continue;
		p[n++] = c;
	}
	return (struct str){ p, n };
}

struct str
header_token(struct pool *pool, const struct limits *lim, struct str value)
{
	uint64_t ignored = 0;
	struct reader r = { .pool = pool, .lim = lim, .defects = &ignored };

	return pool_lower(pool, plain_text(&r, value, true));
}

/* ---- occurrences ---- */

static void
add_text(struct occur *o, struct str s)
{
	if (o->n_text == READINGS_MAX)
		return;
	for (size_t i = 0; i < o->n_text; i++)
		if (str_eq(o->text[i], s))
			return;
	o->text[o->n_text++] = s;
}

static void
odd(struct reader *r)
{
	*r->defects |= DEFECT_BIT(BAD_PARAMETER);
}

/* Offset of the ';' that ends what is at r->at, not looking into quotes. */
static size_t
segment_end(struct str in, size_t at)
{
	size_t n = str_chr(str_from(in, at), ';');

	return n == STR_NPOS ? in.n : at + n;
}

/* A name of a parameter: text up to '=', without comments and white space. */
static bool
read_name(struct reader *r, struct str *name)
{
	size_t from = r->at;

	while (r->at < r->in.n && r->in.p[r->at] != '=' && r->in.p[r->at] != ';') {
		if (r->in.p[r->at] == '(')
			r->at = header_comment_end(r->lim, r->in, r->at, r->defects);
		else
			r->at++;
	}
	*name = header_token(r->pool, r->lim, str_sub(r->in, from, r->at - from));
	if (r->at < r->in.n && r->in.p[r->at] == '=') {
		r->at++;
		return true;
	}
	return false;
}

/* `in` with every backslash pair as its second byte, without line ends. */
static struct str
unescape(struct reader *r, struct str in)
{
	char *p = pool_cstr(r->pool, in);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '\\' && i + 1 < in.n)
			i++;
		if (in.p[i] != '\r' && in.p[i] != '\n')
			p[n++] = in.p[i];
	}
	return (struct str){ p, n };
}

/* Something glued to a quoted value: a missing ';', or part of the value for some. */
static void
read_glued(struct reader *r, struct occur *o, size_t from, size_t tail)
{
	size_t end = segment_end(r->in, r->at);
	struct str rest = str_sub(r->in, r->at, end - r->at);

	if (str_chr(rest, '=') != STR_NPOS && r->at > tail)
		return;		/* a missing ';' */
	odd(r);
	add_text(o, plain_text(r, str_sub(r->in, from, end - from), false));
	r->at = end;
}

/* Text between quotes; at the opening quote. */
static void
read_quoted(struct reader *r, struct occur *o)
{
	size_t from = ++r->at, tail;
	struct str raw;

	while (r->at < r->in.n && r->in.p[r->at] != '"')
		r->at += r->in.p[r->at] == '\\' && r->at + 1 < r->in.n ? 2 : 1;
	raw = str_sub(r->in, from, r->at - from);
	add_text(o, unescape(r, raw));
	if (str_chr(raw, '\\') != STR_NPOS)
		add_text(o, raw);
	if (r->at >= r->in.n) {
		r->at = r->in.n;
		odd(r);
		add_text(o, str_trim(str_sub(r->in, from, segment_end(r->in, from) - from)));
		return;
	}
	tail = ++r->at;
	skip_blank(r);
	if (r->at < r->in.n && r->in.p[r->at] != ';' && r->in.p[r->at] != ',')
		read_glued(r, o, from, tail);
}

/* Where "b c=d" breaks: the white space before the name of a next parameter, or `end`. */
static size_t
missing_separator(struct str in, size_t at, size_t end)
{
	size_t eq = str_chr(str_sub(in, at, end - at), '='), gap;
	bool seen = false;

	if (eq == STR_NPOS || eq == 0)
		return end;
	for (gap = at + eq; gap > at; gap--) {
		bool space = is_space(in.p[gap - 1]);

		if (space && seen)
			return gap;
		seen |= !space;
	}
	return end;
}

/* "report 2025;.bat": the tail of the field that goes on without another '='. */
static void
add_tail(struct reader *r, struct occur *o, size_t from, size_t end)
{
	size_t eq, last;

	if (end >= r->in.n)
		return;
	eq = str_chr(str_from(r->in, end), '=');
	last = eq == STR_NPOS ? r->in.n : end + eq;
	if (eq != STR_NPOS)
		while (last > end && r->in.p[last - 1] != ';')
			last--;
	if (last > end + 1 && str_trim(str_sub(r->in, end + 1, last - end - 1)).n > 1) {
		odd(r);
		add_text(o, str_trim(str_sub(r->in, from, last - from)));
	}
}

static void
read_unquoted(struct reader *r, struct occur *o)
{
	size_t from = r->at, end = segment_end(r->in, from), stop = missing_separator(r->in, from, end);
	struct str raw = str_trim(str_sub(r->in, from, stop - from)), clean;
	size_t word = 0;

	clean = str_trim(plain_text(r, raw, false));
	add_text(o, clean);
	while (word < clean.n && !is_space(clean.p[word]) && clean.p[word] != ',')
		word++;
	add_text(o, str_upto(clean, word));
	if (raw.n > 1 && raw.p[0] == '\'' && raw.p[raw.n - 1] == '\'')
		add_text(o, str_sub(raw, 1, raw.n - 2));
	if (raw.n != clean.n)
		add_text(o, raw);
	add_tail(r, o, from, end);
	r->at = stop;
}

/* "name*12*" into name, number and mark. */
static void
split_marks(struct occur *o)
{
	size_t star = str_chr(o->name, '*');
	struct str marks;
	uint64_t number;

	o->piece = -1;
	if (star == STR_NPOS)
		return;
	marks = str_from(o->name, star + 1);
	if (marks.n && marks.p[marks.n - 1] == '*') {
		o->extended = true;
		marks.n--;
	}
	if (marks.n && str_to_u64(marks, &number) && number <= PIECE_MAX)
		o->piece = (int64_t)number;
	else if (!marks.n)
		o->extended = true;
	o->name = str_upto(o->name, star);
}

static void
read_occurs(struct reader *r)
{
	while (r->at < r->in.n) {
		struct occur o = { .piece = -1 }, *kept;

		while (skip_blank(r) || (r->at < r->in.n && (r->in.p[r->at] == ';' || r->in.p[r->at] == ',')))
			if (r->at < r->in.n && (r->in.p[r->at] == ';' || r->in.p[r->at] == ','))
				r->at++;
		if (r->at >= r->in.n)
			break;
		if (!read_name(r, &o.name))
			continue;
		if (r->occurs.n >= (size_t)r->lim->params) {
			*r->defects |= DEFECT_BIT(LIMIT_PARAMS);
			break;
		}
		skip_blank(r);
		split_marks(&o);
		if (r->at < r->in.n && r->in.p[r->at] == '"')
			read_quoted(r, &o);
		else
			read_unquoted(r, &o);
		o.order = r->occurs.n;
		kept = vec_push(r->pool, &r->occurs, sizeof(*kept));
		*kept = o;
	}
}

/* ---- values ---- */

/* A boundary is compared as bytes; all else is text. */
static bool
is_bytes(struct str name)
{
	return str_eq(name, STR("boundary"));
}

static void
add_value(struct reader *r, struct str name, struct str value)
{
	struct mime_param *all = r->out.items, *p;

	for (size_t i = r->out.n; i > 0 && r->out.n - i < SAME_LOOK; i--)
		if (str_eq(all[i - 1].name, name) && str_eq(all[i - 1].value, value))
			return;
	p = vec_push(r->pool, &r->out, sizeof(*p));
	p->name = name;
	p->value = value;
}

static struct str
to_text(struct reader *r, struct str name, struct str bytes, struct str charset)
{
	struct buf out;
	struct str s;
	uint64_t ignored = 0;

	if (is_bytes(name) || (charset.n == 0 && charset_is_utf8(bytes)))
		return bytes;
	buf_init(&out, VALUE_MAX);
	charset_to_utf8(bytes, charset.n ? charset : charset_guess(bytes), &out, &ignored);
	s = pool_str(r->pool, buf_str(&out));
	buf_clear(&out);
	return s;
}

static void
add_readings(struct reader *r, const struct occur *o)
{
	for (size_t i = 0; i < o->n_text; i++) {
		struct str raw = o->text[i];

		if (str_find(raw, STR("=?")) != STR_NPOS) {
			struct str text = header_text(r->pool, r->lim, raw, r->defects);

			add_value(r, o->name, text);
		}
		add_value(r, o->name, to_text(r, o->name, raw, STR_NONE));
	}
}

/* charset'language'text: cut the first two off. */
static struct str
cut_charset(struct str *s)
{
	size_t first = str_chr(*s, '\''), second;
	struct str charset;

	if (first == STR_NPOS)
		return STR_NONE;
	second = str_chr(str_from(*s, first + 1), '\'');
	if (second == STR_NPOS)
		return STR_NONE;
	charset = str_upto(*s, first);
	*s = str_from(*s, first + 1 + second + 1);
	return charset;
}

/* Pieces of one name in some order. */
struct pieces {
	const struct occur **at;
	size_t n;
};

/* Join pieces, decoding those that are marked, and add the value. */
static void
add_joined(struct reader *r, struct pieces p, bool decode)
{
	struct buf bytes;
	struct str charset = STR_NONE, name = p.at[0]->name, value;

	buf_init(&bytes, VALUE_MAX);
	for (size_t i = 0; i < p.n; i++) {
		struct str text = p.at[i]->text[0];

		if (i == 0 && p.at[i]->extended && decode)
			charset = cut_charset(&text);
		if (p.at[i]->extended && decode)
			decode_percent(text, &bytes);
		else
			buf_add(&bytes, text);
	}
	if (bytes.full)
		*r->defects |= DEFECT_BIT(LIMIT_PARAMS);
	value = pool_str(r->pool, buf_str(&bytes));
	buf_clear(&bytes);
	add_value(r, name, to_text(r, name, value, charset));
	if (str_find(value, STR("=?")) != STR_NPOS)
		add_value(r, name, header_text(r->pool, r->lim, value, r->defects));
}

static int
by_piece(const void *a, const void *b)
{
	const struct occur *x = *(const struct occur *const *)a, *y = *(const struct occur *const *)b;

	if (x->piece != y->piece)
		return x->piece < y->piece ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* A sorted list without pieces whose number repeats; with `last`, the later one stays. */
static struct pieces
without_repeats(struct reader *r, struct pieces p, bool last)
{
	struct pieces once = { pool_alloc(r->pool, p.n * sizeof(struct occur *)), 0 };

	for (size_t i = 0; i < p.n; i++) {
		bool again = once.n && once.at[once.n - 1]->piece == p.at[i]->piece;

		if (!again)
			once.at[once.n++] = p.at[i];
		else if (last)
			once.at[once.n - 1] = p.at[i];
	}
	return once;
}

/* Pieces 0 to n without a gap: what the standard reads of them. */
static struct pieces
without_gap(struct pieces p)
{
	size_t n = 0;

	while (n < p.n && p.at[n]->piece == (int64_t)n)
		n++;
	return (struct pieces){ p.at, n };
}

/* All pieces of a name, in the order of the field. */
static struct pieces
gather(struct reader *r, const struct occur *first)
{
	struct occur *all = r->occurs.items;
	struct pieces p = { pool_alloc(r->pool, r->occurs.n * sizeof(struct occur *)), 0 };

	for (size_t i = first->order; i < r->occurs.n; i++)
		if (all[i].piece >= 0 && str_eq(all[i].name, first->name)) {
			all[i].joined = true;
			p.at[p.n++] = &all[i];
		}
	return p;
}

static bool
has_codes(struct pieces p)
{
	for (size_t i = 0; i < p.n; i++)
		if (p.at[i]->extended && str_chr(p.at[i]->text[0], '%') != STR_NPOS)
			return true;
	return false;
}

/* All readings of the pieces with the name of `first`. */
static void
join_pieces(struct reader *r, const struct occur *first)
{
	struct pieces order = gather(r, first), sorted = gather(r, first), once, whole;
	bool moved = false;

	qsort(sorted.at, sorted.n, sizeof(struct occur *), by_piece);
	once = without_repeats(r, sorted, false);
	whole = without_gap(once);
	add_joined(r, once, true);
	if (whole.n != once.n || once.n != sorted.n)
		odd(r);
	if (whole.n && whole.n != once.n)
		add_joined(r, whole, true);
	if (once.n != sorted.n)
		add_joined(r, without_repeats(r, sorted, true), true);
	for (size_t i = 0; i < order.n; i++)
		moved |= order.at[i] != sorted.at[i];
	if (moved)
		add_joined(r, order, true);
	if (has_codes(sorted))
		add_joined(r, sorted, false);
}

static void
add_extended(struct reader *r, const struct occur *o)
{
	const struct occur *one[1] = { o };
	struct pieces p = { one, 1 };

	add_joined(r, p, true);
	add_joined(r, p, false);
}

/* RFC 2231 values stand before plain ones of the same name: they are what it prefers. */
static void
collect(struct reader *r)
{
	struct occur *o = r->occurs.items;

	for (size_t i = 0; i < r->occurs.n; i++) {
		if (o[i].piece >= 0 && !o[i].joined)
			join_pieces(r, &o[i]);
		else if (o[i].piece < 0 && o[i].extended)
			add_extended(r, &o[i]);
	}
	for (size_t i = 0; i < r->occurs.n; i++)
		if (o[i].piece < 0 && !o[i].extended)
			add_readings(r, &o[i]);
}

/* Does white space, a comment or a quote part the text, as in "multi part/x" and
 * "multi(x)part/x"? Some clients put the pieces together, others do not. */
static bool
is_parted(const struct reader *r, struct str in)
{
	bool text = false, gap = false;
	uint64_t ignored = 0;

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '(')
			i = header_comment_end(r->lim, in, i, &ignored) - 1;
		else if (in.p[i] == '"')
			return true;
		else if (!is_space(in.p[i])) {
			if (text && gap)
				return true;
			text = true;
			gap = false;
			continue;
		}
		gap = true;
	}
	return false;
}

/* The type: text up to ';', but "text/plain charset=x" ends it at the white space. */
static struct str
read_type(struct reader *r)
{
	size_t end = 0, stop;

	while (end < r->in.n && r->in.p[end] != ';') {
		if (r->in.p[end] == '(')
			end = header_comment_end(r->lim, r->in, end, r->defects);
		else
			end++;
	}
	stop = missing_separator(r->in, 0, end);
	if (stop < end || is_parted(r, str_upto(r->in, stop)))
		odd(r);
	r->at = stop;
	return header_token(r->pool, r->lim, str_upto(r->in, stop));
}

struct str
header_params(struct pool *pool, const struct limits *lim, struct str value,
    const struct mime_param **params, size_t *n, uint64_t *defects)
{
	struct reader r = { .pool = pool, .lim = lim, .in = str_trim(value), .defects = defects };
	struct str type = read_type(&r);

	read_occurs(&r);
	collect(&r);
	*params = r.out.items;
	*n = r.out.n;
	return type;
}
