/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/text_wrap.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "link/text_span.h"

enum { LINE_BYTES = 1024, MARKS = 4, MIXED_LEAST = 6, AROUND_DOT = 2 };

struct line {
	size_t from, to;		/* without its line end */
	size_t next;			/* where the next one begins; text.n: there is none */
};

static struct line
line_at(struct str text, size_t from)
{
	size_t nl = str_chr(str_from(text, from), '\n');
	struct line l = { from, nl == STR_NPOS ? text.n : from + nl, nl == STR_NPOS ? text.n : from + nl + 1 };

	if (l.to > from && text.p[l.to - 1] == '\r')
		l.to--;
	return l;
}

/* "> > ": a quoted line goes on in a line that is quoted as well. */
static struct str
quote_of(struct str text, const struct line *l)
{
	size_t at = l->from;

	while (at < l->to && (text.p[at] == '>' || (text.p[at] == ' ' && at > l->from)))
		at++;
	return str_sub(text, l->from, at - l->from);
}

static bool
is_wrapped(const struct line *l)
{
	size_t n = l->to - l->from;

	return (n >= WRAP_LEAST && n <= WRAP_MOST) || n >= WRAP_HUGE;
}

static bool
is_url_byte(unsigned char c)
{
	return c > ' ' && c < 0x7f && str_chr(STR("<>\"`{}|^\\[]"), (char)c) == STR_NPOS;
}

static bool
is_alnum_at(struct str s, size_t at)
{
	return at < s.n && ascii_is_alnum((unsigned char)s.p[at]);
}

static bool
begins_another(struct str s)
{
	static const char *const begin[] = { "http", "www.", "ftp:", "mailto:", "hxxp", "file:" };

	for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
		if (str_starts_nocase(s, str_of(begin[i])))
			return true;
	return str_chr(s, '@') != STR_NPOS && str_chr(s, '/') == STR_NPOS;
}

/* "ple.com", "index.html"; not "e.g." or "end." */
static bool
has_inner_dot(struct str s)
{
	for (size_t i = AROUND_DOT; i + AROUND_DOT < s.n; i++)
		if (s.p[i] == '.' && is_alnum_at(s, i - 1) && is_alnum_at(s, i - 2) && is_alnum_at(s, i + 1) &&
		    is_alnum_at(s, i + 2))
			return true;
	return false;
}

/* Words have no letters and digits mixed, no '=' and no slash within. */
static bool
is_piece(struct str s)
{
	size_t letters = 0, digits = 0;
	size_t slash = str_chr(s, '/');

	for (size_t i = 0; i < s.n; i++) {
		letters += ascii_is_alpha((unsigned char)s.p[i]);
		digits += ascii_is_digit((unsigned char)s.p[i]);
		if (str_chr(STR("=&%?#_~"), s.p[i]) != STR_NPOS && i + 1 < s.n &&
		    (is_alnum_at(s, i + 1) || (i > 0 && is_alnum_at(s, i - 1))))
			return true;
	}
	if (slash != STR_NPOS && letters + digits)
		return true;
	return (s.n >= MIXED_LEAST && letters && digits) || has_inner_dot(s);
}

/* Does `token`, the first of its line, go on with what ended in `before`? */
static bool
goes_on(char before, struct str token, bool alone)
{
	size_t some = 0;

	for (size_t i = 0; i < token.n; i++)
		some += ascii_is_alnum((unsigned char)token.p[i]);
	/* "#4", "+added" and "$variable" begin lines of lists, patches and programs; "&gt;" is what became of '>'. */
	if (some == 0 || begins_another(token) || str_chr(STR("#+$(*"), token.p[0]) != STR_NPOS ||
	    (token.p[0] == '&' && str_chr(token, '=') == STR_NPOS))
		return false;
	if (str_chr(STR("=&%-_"), before) != STR_NPOS || is_piece(token))
		return true;
	if (str_chr(STR("/.?&="), token.p[0]) != STR_NPOS)
		return is_alnum_at(token, 1);
	/* A word by itself: names of people and sentences begin with a capital letter. */
	return alone && ascii_is_lower((unsigned char)token.p[0]) && ascii_is_alnum((unsigned char)token.p[token.n - 1]);
}

/* The line that the link ends, or false: something else stands behind it. */
static bool
last_line(struct str text, const struct text_place *p, struct line *l, size_t *end)
{
	size_t start = (size_t)(p->raw.p - text.p), from = start;

	*end = start + p->raw.n;
	for (int i = 0; i < MARKS && *end < text.n && str_chr(STR(".,;:!?'"), text.p[*end]) != STR_NPOS; i++)
		(*end)++;
	while (from > 0 && start - from < LINE_BYTES && text.p[from - 1] != '\n')
		from--;
	*l = line_at(text, from);
	return l->to == *end && l->next < text.n && is_wrapped(l) && str_chr(p->raw, '\n') == STR_NPOS;
}

static size_t
join(struct str text, struct line l, struct buf *out)
{
	struct str quote = quote_of(text, &l);
	size_t end = 0;

	for (int i = 0; i < WRAP_LINES && l.next < text.n && is_wrapped(&l); i++) {
		struct line next = line_at(text, l.next);
		struct str rest = str_sub(text, next.from, next.to - next.from), token;
		size_t n = 0;

		if (!str_starts(rest, quote))
			break;
		rest = str_from(rest, quote.n);
		while (n < rest.n && is_url_byte((unsigned char)rest.p[n]))
			n++;
		token = str_upto(rest, n);
		if (n == 0 || !goes_on(out->p[out->n - 1], token, n == rest.n))
			break;
		buf_add(out, token);
		end = next.from + quote.n + n;
		if (n < rest.n)
			break;
		l = next;
	}
	return end;
}

static size_t
host_of(struct str url)
{
	size_t at = str_chr(url, ':');

	at = at == STR_NPOS ? 0 : at + 1;
	while (at < url.n && (url.p[at] == '/' || url.p[at] == '\\'))
		at++;
	return at;
}

bool
text_wrap(struct pool *pool, struct str text, const struct text_place *p, size_t *floor, struct str *url)
{
	static const struct text_how plain = { .schemes_only = false };
	size_t start = (size_t)(p->raw.p - text.p), end, behind;
	struct text_span span;
	struct line l;
	struct buf b;
	bool longer;

	if (start < *floor || p->defanged || p->url.n == 0 || !last_line(text, p, &l, &end))
		return false;
	buf_init(&b, TEXT_URL_BYTES);
	buf_add(&b, p->url);
	buf_add(&b, str_sub(text, start + p->raw.n, end - start - p->raw.n));
	behind = join(text, l, &b);
	text_span(&plain, buf_str(&b), 0, host_of(buf_str(&b)), &span);
	longer = behind > 0 && !b.full && span.end > p->url.n;
	if (longer) {
		*url = pool_str(pool, str_upto(buf_str(&b), span.end));
		*floor = behind;
	}
	buf_clear(&b);
	return longer;
}
