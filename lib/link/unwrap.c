/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/unwrap.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "message/decode.h"

enum how { QUERY, QUERY_HTML, PROOFPOINT2, PROOFPOINT3, DOMAIN, LAST_SEGMENT, BASE64, UNDERSCORES, AMP, BING, YAHOO };

#define S(lit) { lit, sizeof(lit) - 1 }

static const struct wrapper {
	const char *name;
	struct str host, path;
	enum how how;
	const char *param;
} wrappers[] = {
#define WRAPPER(name, host, path, how, param) { name, S(host), S(path), how, param },
#include "link/unwrap.list"
#undef WRAPPER
};

/* ---- which wrapper ---- */

/* Each URL asks all rows: one byte tells nearly all of them apart. */
static bool
host_is(struct str host, struct str row)
{
	char last = row.p[row.n - 1];

	if (host.n == 0 || (last != '*' && host.p[host.n - 1] != last))
		return false;
	if (row.p[0] == '.')
		return str_ends_nocase(host, row) || str_eq(host, str_from(row, 1));
	if (last == '*') {
		struct str name = str_upto(row, row.n - 1), whole;

		/* "www.google.com.evil.test" is not Google's: one label before the public suffix. */
		if (!str_starts(host, name))
			return false;
		whole = url_registered(host);
		return whole.n + (str_starts(row, STR("www.")) ? 4 : 0) == host.n;
	}
	return str_eq(host, row);
}

static bool
is_wrapped_by(const struct url *u, const struct wrapper *w)
{
	return host_is(u->host, w->host) && str_starts_nocase(u->path, w->path);
}

/* ---- pieces ---- */

static bool
is_web(struct str s)
{
	return str_starts_nocase(s, STR("http:")) || str_starts_nocase(s, STR("https:"));
}

static struct str
percent(struct pool *pool, struct str s)
{
	struct buf b;
	struct str out;

	buf_init(&b, s.n + 1);
	decode_percent(s, &b);
	out = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

/* The first parameter of that name; HTML that was never decoded leaves "amp;" in front of names. */
static struct str
param(const struct url *u, const char *name)
{
	struct str rest = u->query, piece;

	while (str_next(&rest, '&', &piece)) {
		size_t sign = str_chr(piece, '=');
		struct str key = str_upto(piece, sign);

		if (str_starts(key, STR("amp;")))
			key = str_from(key, 4);
		if (sign != STR_NPOS && str_eq_nocase(key, str_of(name)))
			return str_from(piece, sign + 1);
	}
	return STR_NONE;
}

/* Some wrap what another has encoded already, without reading it: two rounds. */
static struct str
from_percent(struct pool *pool, struct str s)
{
	struct str once = percent(pool, s);

	return is_web(once) ? once : percent(pool, once);
}

static struct str
without_amp(struct pool *pool, struct str s)
{
	char *out = pool_alloc(pool, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		out[n++] = s.p[i];
		if (str_starts_nocase(str_from(s, i), STR("&amp;")))
			i += 4;
	}
	return (struct str){ out, n };
}

/* Either alphabet, with or without "=" behind, maybe percent-encoded. */
static struct str
from_base64(struct pool *pool, struct str s)
{
	struct str in = percent(pool, s);
	char *text = pool_alloc(pool, in.n + 4);
	unsigned char *out = pool_alloc(pool, in.n + 4);
	size_t n = 0;

	while (in.n && in.p[in.n - 1] == '=')
		in.n--;
	for (size_t i = 0; i < in.n; i++)
		text[i] = in.p[i] == '-' ? '+' : in.p[i] == '_' ? '/' : in.p[i];
	while (in.n % 4)
		text[in.n++] = '=';
	if (!base64_get((struct str){ text, in.n }, out, in.n, &n))
		return STR_NONE;
	return (struct str){ (char *)out, n };
}

/* ---- Proofpoint ---- */

static struct str
proofpoint2(struct pool *pool, struct str s)
{
	char *out = pool_alloc(pool, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		out[i] = s.p[i] == '-' ? '%' : s.p[i] == '_' ? '/' : s.p[i];
	return without_amp(pool, percent(pool, (struct str){ out, s.n }));
}

/* Length of a run: A is 2, and on through a-z, 0-9, '-' and '_'. */
static size_t
run_length(char c)
{
	if (ascii_is_upper((unsigned char)c))
		return (size_t)(c - 'A') + 2;
	if (ascii_is_lower((unsigned char)c))
		return (size_t)(c - 'a') + 28;
	if (ascii_is_digit((unsigned char)c))
		return (size_t)(c - '0') + 54;
	return c == '-' ? 64 : c == '_' ? 65 : 0;
}

/* Take n characters off *from. False when there are fewer. */
static bool
take(struct str *from, size_t n, struct buf *out)
{
	size_t at = 0;

	while (n-- > 0) {
		if (at >= from->n)
			return false;
		(void)utf8_next(*from, &at);
	}
	buf_add(out, str_upto(*from, at));
	*from = str_from(*from, at);
	return true;
}

/* "*" stands for one character of `bytes`, "**X" for a run of them. */
static struct str
put_back(struct pool *pool, struct str s, struct str bytes)
{
	struct buf b;
	struct str out = STR_NONE;
	bool good = true;

	buf_init(&b, s.n + bytes.n + 1);
	for (size_t i = 0; i < s.n && good; i++) {
		size_t n = 1;

		if (s.p[i] != '*') {
			buf_addc(&b, s.p[i]);
			continue;
		}
		if (i + 2 < s.n && s.p[i + 1] == '*') {
			n = run_length(s.p[i + 2]);
			i += 2;
		}
		good = n && take(&bytes, n, &b);
	}
	if (good)
		out = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

/* ".../v3/__URL__;BYTES!..." in the whole of the URL: what was wrapped may have had a query. */
static struct str
proofpoint3(struct pool *pool, struct str href)
{
	size_t start = str_find(href, STR("/v3/__")), end, bang;
	struct str inner, bytes = STR_NONE, scheme_end;
	size_t slash;

	if (start == STR_NPOS)
		return STR_NONE;
	href = str_from(href, start + 6);
	end = str_find(href, STR("__;"));
	if (end == STR_NPOS)
		return STR_NONE;
	inner = str_upto(href, end);
	href = str_from(href, end + 3);
	bang = str_chr(href, '!');
	if (bang == STR_NPOS)
		return STR_NONE;
	if (bang > 0)
		bytes = from_base64(pool, str_upto(href, bang));
	if (bang > 0 && bytes.n == 0)
		return STR_NONE;
	/* Mail programs make one slash of two. */
	slash = str_find(inner, STR(":/"));
	scheme_end = slash == STR_NPOS ? STR_NONE : str_from(inner, slash + 2);
	if (scheme_end.n && scheme_end.p[0] != '/')
		inner = pool_printf(pool, "%.*s/%.*s", STR_ARG(str_upto(inner, slash + 2)), STR_ARG(scheme_end));
	return put_back(pool, percent(pool, inner), bytes);
}

/* ---- others ---- */

/* "/v2/___https://example.org/x?y___.TOKEN" */
static struct str
underscores(struct str href)
{
	size_t start = str_find(href, STR("/___")), end;

	if (start == STR_NPOS)
		return STR_NONE;
	href = str_from(href, start + 4);
	end = str_find(href, STR("___"));
	return end == STR_NPOS ? STR_NONE : str_upto(href, end);
}

/* "/.../RU=https%3a%2f%2fexample.org%2f/RK=2/..." */
static struct str
yahoo(struct pool *pool, struct str path)
{
	size_t at = str_find(path, STR("/RU="));
	struct str s = at == STR_NPOS ? STR_NONE : str_from(path, at + 4);

	return from_percent(pool, str_upto(s, str_chr(s, '/')));
}

static struct str
domain(struct pool *pool, const struct url *u, const char *name)
{
	struct str host = percent(pool, param(u, name));

	return host.n ? pool_printf(pool, "https://%.*s/", STR_ARG(host)) : STR_NONE;
}

static struct str
bing(struct pool *pool, struct str value)
{
	return str_starts(value, STR("a1")) ? from_base64(pool, str_from(value, 2)) : STR_NONE;
}

static struct str
inner_text(struct pool *pool, const struct url *u, const struct wrapper *w)
{
	switch (w->how) {
	case QUERY:
		return from_percent(pool, param(u, w->param));
	case QUERY_HTML:
		return without_amp(pool, from_percent(pool, param(u, w->param)));
	case PROOFPOINT2:
		return proofpoint2(pool, param(u, w->param));
	case PROOFPOINT3:
		return proofpoint3(pool, u->href);
	case DOMAIN:
		return domain(pool, u, w->param);
	case LAST_SEGMENT:
		return from_percent(pool, str_from(u->path, str_rchr(u->path, '/') + 1));
	case BASE64:
		return from_base64(pool, param(u, w->param));
	case UNDERSCORES:
		return underscores(u->href);
	case AMP:
		return pool_printf(pool, "%s%.*s", w->param, STR_ARG(str_from(u->path, w->path.n)));
	case BING:
		return bing(pool, param(u, w->param));
	case YAHOO:
		return yahoo(pool, u->path);
	}
	return STR_NONE;
}

/* One layer; the name of who wrapped it. */
static const char *
peel(struct pool *pool, const struct known_hosts *known, const struct url *u, struct url *inner)
{
	for (size_t i = 0; i < sizeof(wrappers) / sizeof(*wrappers); i++) {
		struct str text;

		if (!is_wrapped_by(u, &wrappers[i]))
			continue;
		text = inner_text(pool, u, &wrappers[i]);
		if (is_web(text) && url_parse(pool, text, NULL, inner) == RC_OK && url_is_web(inner))
			return wrappers[i].name;
	}
	if (!known_hosts_redirect(known, pool, u, inner))
		return NULL;
	inner->tricks |= URL_OPEN_REDIRECT;
	return "redirect";
}

bool
unwrap_may(const struct known_hosts *known, struct str host)
{
	for (size_t i = 0; i < sizeof(wrappers) / sizeof(*wrappers); i++)
		if (host_is(host, wrappers[i].host))
			return true;
	return known_hosts_find(known, host) & KNOWN_REDIRECT;
}

size_t
unwrap(struct pool *pool, const struct known_hosts *known, const struct url *in, struct url *innermost, struct str *by)
{
	size_t n = 0;

	*innermost = *in;
	*by = STR_NONE;
	while (n < UNWRAP_DEPTH && url_is_web(innermost)) {
		uint32_t tricks = innermost->tricks;
		struct url next;
		const char *name = peel(pool, known, innermost, &next);

		if (!name)
			break;
		*innermost = next;
		innermost->tricks |= tricks;
		*by = pool_printf(pool, "%.*s%s%s", STR_ARG(*by), n ? ", " : "", name);
		n++;
	}
	return n;
}
