/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The URLs that nearly all mail has: "https://" in lower case, a name in lower case, and nothing that a browser would
 * change. One pass, one copy. Whatever else there is is left to url_read.c, which knows all of it. */
#include "base/ascii.h"
#include "link/url_in.h"

/* Where a byte stands as it is. */
enum { HOST = 1, PATH = 2, QUERY = 4, FRAGMENT = 8, BEHIND = PATH | QUERY | FRAGMENT, ALL = HOST | BEHIND };

/* URL Standard 1.3: the bytes that no percent-encode set of their place has. '%' in a host, and ':', '@' and '[' there,
 * need a closer look, as '\\' does in a path. */
static const unsigned char stands[256] = {
	['a'] = ALL, ['b'] = ALL, ['c'] = ALL, ['d'] = ALL, ['e'] = ALL, ['f'] = ALL, ['g'] = ALL, ['h'] = ALL,
	['i'] = ALL, ['j'] = ALL, ['k'] = ALL, ['l'] = ALL, ['m'] = ALL, ['n'] = ALL, ['o'] = ALL, ['p'] = ALL,
	['q'] = ALL, ['r'] = ALL, ['s'] = ALL, ['t'] = ALL, ['u'] = ALL, ['v'] = ALL, ['w'] = ALL, ['x'] = ALL,
	['y'] = ALL, ['z'] = ALL,
	['0'] = ALL, ['1'] = ALL, ['2'] = ALL, ['3'] = ALL, ['4'] = ALL, ['5'] = ALL, ['6'] = ALL, ['7'] = ALL,
	['8'] = ALL, ['9'] = ALL, ['-'] = ALL, ['.'] = ALL, ['_'] = ALL,
	['A'] = BEHIND, ['B'] = BEHIND, ['C'] = BEHIND, ['D'] = BEHIND, ['E'] = BEHIND, ['F'] = BEHIND, ['G'] = BEHIND,
	['H'] = BEHIND, ['I'] = BEHIND, ['J'] = BEHIND, ['K'] = BEHIND, ['L'] = BEHIND, ['M'] = BEHIND, ['N'] = BEHIND,
	['O'] = BEHIND, ['P'] = BEHIND, ['Q'] = BEHIND, ['R'] = BEHIND, ['S'] = BEHIND, ['T'] = BEHIND, ['U'] = BEHIND,
	['V'] = BEHIND, ['W'] = BEHIND, ['X'] = BEHIND, ['Y'] = BEHIND, ['Z'] = BEHIND,
	['!'] = BEHIND, ['$'] = BEHIND, ['%'] = BEHIND, ['&'] = BEHIND, ['('] = BEHIND, [')'] = BEHIND, ['*'] = BEHIND,
	['+'] = BEHIND, [','] = BEHIND, ['/'] = BEHIND, [':'] = BEHIND, [';'] = BEHIND, ['='] = BEHIND, ['@'] = BEHIND,
	['['] = BEHIND, [']'] = BEHIND, ['|'] = BEHIND, ['~'] = BEHIND,
	['?'] = QUERY | FRAGMENT, ['\\'] = QUERY | FRAGMENT, ['^'] = QUERY | FRAGMENT, ['{'] = QUERY | FRAGMENT,
	['}'] = QUERY | FRAGMENT, ['\''] = PATH | FRAGMENT, ['`'] = QUERY, ['#'] = FRAGMENT,
};

static size_t
run(struct str s, size_t at, unsigned where)
{
	while (at < s.n && (stands[(unsigned char)s.p[at]] & where))
		at++;
	return at;
}

/* A name whose last label begins as no number does, and that no Punycode is in. */
static bool
is_plain_host(struct str host)
{
	struct str s = host;
	size_t dot;

	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	dot = str_rchr(s, '.');
	s = dot == STR_NPOS ? s : str_from(s, dot + 1);
	if (s.n == 0 || ascii_is_digit((unsigned char)s.p[0]))
		return false;
	if (str_eq(host, STR("http")) || str_eq(host, STR("https")))
		return false;
	return str_chr(host, '-') == STR_NPOS || str_find(host, STR("xn--")) == STR_NPOS;
}

/* "/./", "/..", "/%2e": segments that are steps. */
static bool
has_steps(struct str path)
{
	for (struct str rest = path;;) {
		size_t at = str_chr(rest, '/');

		if (at == STR_NPOS)
			return false;
		rest = str_from(rest, at + 1);
		if (rest.n && (rest.p[0] == '.' || rest.p[0] == '%'))
			return true;
	}
}

/* Offsets in the input: of the host, and where host, path, query and fragment end. */
struct cuts {
	size_t host, path, query, fragment, end;
};

static bool
find_cuts(struct str in, struct cuts *c)
{
	if (str_starts(in, STR("https://")))
		c->host = 8;
	else if (str_starts(in, STR("http://")))
		c->host = 7;
	else
		return false;
	c->path = run(in, c->host, HOST);
	if (c->path < in.n && in.p[c->path] != '/' && in.p[c->path] != '?' && in.p[c->path] != '#')
		return false;
	if (!is_plain_host(str_sub(in, c->host, c->path - c->host)))
		return false;
	c->query = c->fragment = run(in, c->path, PATH);
	if (has_steps(str_sub(in, c->path, c->query - c->path)))
		return false;
	if (c->query < in.n && in.p[c->query] == '?')
		c->fragment = run(in, c->query + 1, QUERY);
	c->end = c->fragment;
	if (c->fragment < in.n && in.p[c->fragment] == '#')
		c->end = run(in, c->fragment + 1, FRAGMENT);
	return c->end == in.n;
}

bool
url_plain(struct pool *pool, struct str in, struct url *out)
{
	struct cuts c;
	size_t slash;

	if (!find_cuts(in, &c))
		return false;
	slash = c.query == c.path;		/* "http://a.example?q" gets its path */
	*out = (struct url){ .port = -1, .host_kind = URL_DOMAIN };
	out->href = slash ? pool_printf(pool, "%.*s/%.*s", STR_ARG(str_upto(in, c.path)), STR_ARG(str_from(in, c.path))) :
	    pool_str(pool, in);
	out->scheme = str_upto(out->href, c.host - 3);
	out->host = str_sub(out->href, c.host, c.path - c.host);
	out->path = str_sub(out->href, c.path, c.query - c.path + slash);
	out->has_query = c.fragment > c.query;
	out->has_fragment = c.end > c.fragment;
	if (out->has_query)
		out->query = str_sub(out->href, c.query + slash + 1, c.fragment - c.query - 1);
	if (out->has_fragment)
		out->fragment = str_from(out->href, c.fragment + slash + 1);
	return true;
}
