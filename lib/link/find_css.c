/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/find_css.h"

#include "base/ascii.h"
#include "base/utf8.h"

/* "\000075 " is a u: escapes make words up to eight times as long. */
enum { WORD_BYTES = 64, HEX_DIGITS = 6, PIECE_BYTES = 256 };

static bool
is_space(char c)
{
	return ascii_is_space((unsigned char)c);
}

/* The escape at s.p[at], which is '\\': its code point; moves *at behind it. */
static uint32_t
escape(struct str s, size_t *at)
{
	uint32_t cp = 0;
	size_t i = *at + 1, start = i;
	int digit;

	while (i < s.n && i - start < HEX_DIGITS && (digit = ascii_hex((unsigned char)s.p[i])) >= 0) {
		cp = cp << 4 | (uint32_t)digit;
		i++;
	}
	if (i > start) {
		*at = i < s.n && is_space(s.p[i]) ? i + 1 : i;
		return cp;
	}
	*at = i;
	return i < s.n ? utf8_next(s, at) : UTF8_BAD;
}

void
find_css_unescape(struct str in, struct buf *out)
{
	char utf8[UTF8_MAX];
	size_t at = 0;

	while (at < in.n) {
		size_t plain = str_chr(str_from(in, at), '\\');

		buf_add(out, str_sub(in, at, plain));
		if (plain == STR_NPOS)
			return;
		at += plain;
		/* 4.3.7: nothing comes of an escaped line end inside a string. */
		if (at + 1 < in.n && (in.p[at + 1] == '\n' || in.p[at + 1] == '\r'))
			at += 2;
		else
			buf_add(out, (struct str){ utf8, utf8_put(utf8, escape(in, &at)) });
	}
}

/* A word of the language, which may hide behind escapes. */
static struct str
word(struct str raw, char space[WORD_BYTES])
{
	struct buf b;
	struct str plain;

	if (str_chr(raw, '\\') == STR_NPOS)
		return raw;
	buf_init(&b, WORD_BYTES);
	find_css_unescape(raw, &b);
	plain = str_upto(buf_str(&b), WORD_BYTES);
	if (plain.n)
		memcpy(space, plain.p, plain.n);
	buf_clear(&b);
	return (struct str){ space, plain.n };
}

/* Length of the quotation mark at s.p[at], as itself or as a reference; 0: none. */
static size_t
quote_at(struct str s, size_t at, bool attr)
{
	static const char *const marks[] = { "&quot;", "&apos;", "&#34;", "&#39;", "&#034;", "&#039;", "&#x22;", "&#x27;" };

	if (at >= s.n)
		return 0;
	if (s.p[at] == '"' || s.p[at] == '\'')
		return 1;
	for (size_t i = 0; attr && s.p[at] == '&' && i < sizeof(marks) / sizeof(marks[0]); i++)
		if (str_starts_nocase(str_from(s, at), str_of(marks[i])))
			return strlen(marks[i]);
	return 0;
}

static size_t
skip_space(struct str s, size_t at)
{
	while (at < s.n && is_space(s.p[at]))
		at++;
	return at;
}

/* A string that starts with a mark of `n` bytes at s.p[at]; *end behind it. */
static struct str
string(struct str s, size_t at, size_t n, size_t *end)
{
	struct str mark = str_sub(s, at, n), rest = str_from(s, at + n);
	size_t i = 0;

	while (i < rest.n && rest.p[i] != '\n' && !str_starts(str_from(rest, i), mark))
		i += rest.p[i] == '\\' ? 2 : 1;
	i = i < rest.n ? i : rest.n;
	*end = at + n + i + (i < rest.n ? n : 0);
	return str_upto(rest, i);
}

/* What stands between the parentheses of url(), from behind '('. */
static struct str
inside(struct str s, size_t at, bool attr, size_t *end)
{
	size_t n, from;

	at = skip_space(s, at);
	n = quote_at(s, at, attr);
	if (n)
		return string(s, at, n, end);
	for (from = at; at < s.n && s.p[at] != ')' && !is_space(s.p[at]); at++)
		at += s.p[at] == '\\' && at + 1 < s.n;
	*end = at < s.n ? at : s.n;
	return str_sub(s, from, *end - from);
}

static bool
is_url(struct str s, size_t paren)
{
	char space[WORD_BYTES];
	size_t from = paren > WORD_BYTES ? paren - WORD_BYTES : 0;
	struct str before = str_sub(s, from, paren - from);

	if (before.n >= 3 && str_chr(before, '\\') == STR_NPOS)
		before = str_from(before, before.n - 3);
	return str_ends_nocase(word(before, space), STR("url"));
}

/* "@import" and a string; one with url() is found by that. */
static bool
import(struct str s, size_t at, bool attr, struct str *url, size_t *end)
{
	char space[WORD_BYTES];
	size_t stop = at + 1, mark;

	*end = at + 1;
	if (stop < s.n && s.p[stop] != '\\' && ascii_lower((unsigned char)s.p[stop]) != 'i')
		return false;
	while (stop < s.n && stop - at < WORD_BYTES && !is_space(s.p[stop]) && quote_at(s, stop, attr) == 0)
		stop++;
	if (!str_eq_nocase(word(str_sub(s, at + 1, stop - at - 1), space), STR("import")))
		return false;
	stop = skip_space(s, stop);
	mark = quote_at(s, stop, attr);
	if (mark == 0)
		return false;
	*url = string(s, stop, mark, end);
	return true;
}

/* The next '(' or '@' from `at` on. A piece at a time: what is found early must not cost a look at all the rest. */
static size_t
next_mark(struct str s, size_t at)
{
	while (at < s.n) {
		struct str piece = str_sub(s, at, PIECE_BYTES);
		size_t paren = str_chr(piece, '('), sign = str_chr(str_upto(piece, paren), '@');

		if (paren != STR_NPOS || sign != STR_NPOS)
			return at + (sign < paren ? sign : paren);
		at += piece.n;
	}
	return s.n;
}

bool
find_css_next(struct str *rest, bool attr, struct str *url)
{
	struct str s = *rest;
	size_t end = s.n;

	for (size_t at = next_mark(s, 0); at < s.n; at = next_mark(s, at + 1)) {
		if (s.p[at] == '(' && is_url(s, at)) {
			*url = inside(s, at + 1, attr, &end);
			*rest = str_from(s, end);
			return true;
		}
		if (s.p[at] == '@' && import(s, at, attr, url, &end)) {
			*rest = str_from(s, end);
			return true;
		}
	}
	*rest = STR_NONE;
	return false;
}
