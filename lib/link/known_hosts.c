/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/known_hosts.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/vec.h"
#include "conf/suggest.h"
#include "message/decode.h"

enum { QUOTE = 80 };		/* errors quote what the operator wrote, but not pages of it */

/* Of redirects: the path begins with it, or holds what is behind a star; and the parameter. */
struct row {
	struct str host;
	unsigned bits;			/* 0: the operator wants to hear nothing of it */
	struct str path, param;
};

/* Sorted by host. */
struct table {
	const struct row *rows;
	size_t n;
};

struct known_hosts {
	struct table own;
	bool builtin;
};

#define S(lit) { lit, sizeof(lit) - 1 }
#define N(rows) { rows, sizeof(rows) / sizeof(*(rows)) }
#define SHORTENER(host)
#define FREE(host)

static const struct row shorteners[] = {
#undef SHORTENER
#define SHORTENER(host) { S(host), KNOWN_SHORTENER, S(""), S("") },
#include "link/known_hosts.list"
#undef SHORTENER
#define SHORTENER(host)
};

static const struct row hosting[] = {
#undef FREE
#define FREE(host) { S(host), KNOWN_FREE, S(""), S("") },
#include "link/known_hosts.list"
};

static const struct row redirects[] = {
#define REDIRECT(host, path, param) { S(host), KNOWN_REDIRECT, S(path), S(param) },
#include "link/redirects.list"
#undef REDIRECT
};

static const struct table builtin[] = { N(shorteners), N(hosting), N(redirects) };
enum { BUILTIN = sizeof(builtin) / sizeof(*builtin) };

/* ---- finding ---- */

/* The rows of exactly that host. */
static struct table
rows_of(const struct table *t, struct str host)
{
	size_t low = 0, high = t->n, end;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (str_cmp(t->rows[mid].host, host) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (end = low; end < t->n && str_eq(t->rows[end].host, host); end++)
		;
	return (struct table){ t->rows + low, end - low };
}

static struct str
above(struct str host)
{
	size_t dot = str_chr(host, '.');

	return dot == STR_NPOS ? STR_NONE : str_from(host, dot + 1);
}

/* False: the operator wants to hear nothing of it. */
static bool
bits_in(const struct table *t, struct str host, unsigned *bits)
{
	for (; host.n; host = above(host)) {
		struct table at = rows_of(t, host);

		for (size_t i = 0; i < at.n; i++) {
			if (at.rows[i].bits == 0)
				return false;
			*bits |= at.rows[i].bits;
		}
	}
	return true;
}

unsigned
known_hosts_find(const struct known_hosts *k, struct str host)
{
	unsigned bits = 0;

	if (host.n == 0 || host.p[0] == '[' || (k && !bits_in(&k->own, host, &bits)) || (k && !k->builtin))
		return bits;
	for (size_t i = 0; i < BUILTIN; i++)
		(void)bits_in(&builtin[i], host, &bits);
	return bits;
}

/* ---- where a redirect leads ---- */

static bool
is_path(struct str path, struct str row)
{
	if (row.n && row.p[0] == '*')
		return str_find_nocase(path, str_from(row, 1)) != STR_NPOS;
	return str_starts_nocase(path, row);
}

static struct str
param_of(const struct url *u, struct str name)
{
	struct str rest = u->query, piece;

	if (str_eq(name, STR("?")))
		return u->query;
	while (str_next(&rest, '&', &piece)) {
		size_t sign = str_chr(piece, '=');
		struct str key = str_upto(piece, sign);

		if (str_starts(key, STR("amp;")))
			key = str_from(key, 4);
		if (sign != STR_NPOS && str_eq_nocase(key, name))
			return str_from(piece, sign + 1);
	}
	return STR_NONE;
}

/* A value as servers take it for a URL: with a scheme, or with the slashes in front of a host. */
static struct str
as_url(struct pool *pool, struct str s)
{
	size_t colon = str_starts_nocase(s, STR("https:")) ? 5 : 4;

	/* "http:%2F%2F" is to be decoded first; "http:host" is one as it is. */
	if ((str_starts_nocase(s, STR("http:")) || colon == 5) && s.n > colon + 1 && s.p[colon + 1] != '%')
		return s;
	if (s.n > 2 && (s.p[0] == '/' || s.p[0] == '\\') && (s.p[1] == '/' || s.p[1] == '\\'))
		return pool_printf(pool, "https:%.*s", STR_ARG(s));
	return STR_NONE;
}

static struct str
decoded(struct pool *pool, struct str value)
{
	struct str url = as_url(pool, value);

	for (int round = 0; url.n == 0 && round < KNOWN_HOSTS_ROUNDS && str_chr(value, '%') != STR_NPOS; round++) {
		struct buf b;

		buf_init(&b, value.n + 1);
		decode_percent(value, &b);
		value = pool_str(pool, buf_str(&b));
		buf_clear(&b);
		url = as_url(pool, value);
	}
	return url;
}

static bool
follow(struct pool *pool, const struct row *row, const struct url *u, struct url *target)
{
	struct str text;

	if (row->bits != KNOWN_REDIRECT || !is_path(u->path, row->path))
		return false;
	text = decoded(pool, param_of(u, row->param));
	return text.n && url_parse(pool, text, NULL, target) == RC_OK && url_is_web(target) &&
	    !str_eq(url_registered(target->host), url_registered(u->host));
}

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_NEVER };

static enum answer
follow_in(const struct table *t, struct pool *pool, const struct url *u, struct url *target)
{
	for (struct str host = u->host; host.n; host = above(host)) {
		struct table at = rows_of(t, host);

		for (size_t i = 0; i < at.n; i++) {
			if (at.rows[i].bits == 0)
				return ANSWER_NEVER;
			if (follow(pool, &at.rows[i], u, target))
				return ANSWER_YES;
		}
	}
	return ANSWER_NO;
}

bool
known_hosts_redirect(const struct known_hosts *k, struct pool *pool, const struct url *u, struct url *target)
{
	static const struct table all = N(redirects);
	enum answer own;

	if (u->query.n == 0 || u->host_kind != URL_DOMAIN)
		return false;
	own = k ? follow_in(&k->own, pool, u, target) : ANSWER_NO;
	if (own != ANSWER_NO || (k && !k->builtin))
		return own == ANSWER_YES;
	return follow_in(&all, pool, u, target) == ANSWER_YES;
}

/* ---- the operator's list ---- */

static const struct { const char *word; unsigned bits; size_t words; const char *form; } kinds[] = {
	{ "shortener", KNOWN_SHORTENER, 2, "shortener HOST" },
	{ "free", KNOWN_FREE, 2, "free HOST" },
	{ "redirect", KNOWN_REDIRECT, 4, "redirect HOST PATH PARAMETER" },
	{ "not", 0, 2, "not HOST" },
};
enum { KINDS = sizeof(kinds) / sizeof(*kinds), WORDS = 5 };

struct reader {
	struct pool *pool;
	const char *file;
	size_t line;
	struct conf_errors *errors;
	struct vec rows;		/* struct row */
};

static void
no_kind(struct reader *r, struct str word)
{
	struct suggest near;
	struct buf why;

	buf_init(&why, 1024);
	suggest_init(&near, word);
	for (size_t i = 0; i < KINDS; i++)
		suggest_try(&near, str_of(kinds[i].word));
	buf_adds(&why, "is none of shortener, free, redirect, not");
	suggest_write(&near, &why);
	conf_error(r->errors, r->file, r->line, str_upto(word, QUOTE), buf_str(&why));
	buf_clear(&why);
}

/* As URLs have it: ASCII, lower case. People copy URLs, so say what is wanted. */
static bool
read_host(struct reader *r, struct str word, struct str *host)
{
	bool is_url = str_find(word, STR("://")) != STR_NPOS;
	struct str text = is_url ? word : pool_printf(r->pool, "http://%.*s", STR_ARG(word));
	struct url u;
	bool parsed = url_parse(r->pool, text, NULL, &u) == RC_OK && u.host_kind == URL_DOMAIN &&
	    str_chr(u.host, '.') != STR_NPOS;

	*host = parsed ? u.host : STR_NONE;
	if (parsed && !is_url && u.path.n <= 1 && !u.has_query && u.port < 0 && u.userinfo.n == 0 &&
	    !str_ends_nocase(word, STR("/")) && !str_starts(word, STR(".")))
		return true;
	if (parsed)
		conf_errorf(r->errors, r->file, r->line, str_upto(word, QUOTE), "is no host; did you mean '%.*s'?",
		    STR_ARG(str_upto(str_from(u.host, str_starts(word, STR("."))), QUOTE)));
	else
		conf_errorf(r->errors, r->file, r->line, str_upto(word, QUOTE), "is no host such as go.example.com");
	return false;
}

static size_t
cut(struct str line, struct str word[WORDS])
{
	size_t n = 0;

	while ((line = str_trim(line)).n && n < WORDS) {
		size_t end = 0;

		while (end < line.n && !ascii_is_space((unsigned char)line.p[end]))
			end++;
		word[n++] = str_upto(line, end);
		line = str_from(line, end);
	}
	return n;
}

static void
take_line(struct reader *r, struct str line)
{
	struct str word[WORDS] = { STR_NONE };
	size_t n = cut(line, word), kind = 0;
	struct row row = { .bits = 0 };

	if (n == 0 || str_starts(word[0], STR("#")))
		return;
	while (kind < KINDS && !str_eq_nocase(word[0], str_of(kinds[kind].word)))
		kind++;
	if (kind == KINDS) {
		no_kind(r, word[0]);
		return;
	}
	if (n != kinds[kind].words) {
		conf_errorf(r->errors, r->file, r->line, word[0], "write %s", kinds[kind].form);
		return;
	}
	row.bits = kinds[kind].bits;
	if (!read_host(r, word[1], &row.host))
		return;
	if (row.bits == KNOWN_REDIRECT) {
		row.path = word[2];
		row.param = word[3];
		if (!str_starts(row.path, STR("/")) && !str_starts(row.path, STR("*"))) {
			conf_errorf(r->errors, r->file, r->line, str_upto(row.path, QUOTE),
			    "is no path; did you mean '/%.*s'?", STR_ARG(str_upto(row.path, QUOTE)));
			return;
		}
	}
	*(struct row *)vec_push(r->pool, &r->rows, sizeof(row)) = row;
}

static int
by_host(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return str_cmp(x->host, y->host);
}

const struct known_hosts *
known_hosts_parse(struct pool *pool, const char *file, struct str text, bool with_builtin, struct conf_errors *errors)
{
	struct reader r = { .pool = pool, .file = file, .errors = errors };
	struct known_hosts *k = pool_alloc(pool, sizeof(*k));
	struct str line;

	text = pool_str(pool, text);
	while (str_next(&text, '\n', &line)) {
		if (++r.line > KNOWN_HOSTS_LINES) {
			conf_errorf(errors, file, r.line, STR_NONE, "more than %d lines", KNOWN_HOSTS_LINES);
			break;
		}
		take_line(&r, line);
	}
	if (r.rows.n)
		qsort(r.rows.items, r.rows.n, sizeof(struct row), by_host);
	*k = (struct known_hosts){ .own = { r.rows.items, r.rows.n }, .builtin = with_builtin };
	return k;
}
