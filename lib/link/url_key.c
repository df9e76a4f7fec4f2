/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/url_key.h"

#include "base/ascii.h"

enum { LABELS_MOST = 5, LABELS_LEAST = 2, ESCAPED = 3 };

/* ---- the canonical form ---- */

/* Escapes that come out of escapes are read as well: what ends with one shrinks until it does not. */
static struct str
unescape(struct pool *pool, struct str in)
{
	char *out = pool_alloc(pool, in.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		out[n++] = in.p[i];
		while (n >= ESCAPED && out[n - 3] == '%') {
			int high = ascii_hex((unsigned char)out[n - 2]), low = ascii_hex((unsigned char)out[n - 1]);

			if (high < 0 || low < 0)
				break;
			n -= ESCAPED - 1;
			out[n - 1] = (char)(high << 4 | low);
		}
	}
	return (struct str){ out, n };
}

/* What would be read as something else, or not be seen, is written as an escape. */
static char *
put(char *at, struct str in, char border)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (c > ' ' && c < 0x7f && c != '%' && c != '#' && c != '\\' && c != (unsigned char)border) {
			*at++ = (char)c;
		} else {
			*at++ = '%';
			*at++ = hex[c >> 4];
			*at++ = hex[c & 0xf];
		}
	}
	return at;
}

static char *
put_path(char *from, struct str path)
{
	char *at = from;
	struct str name;

	while (str_next(&path, '/', &name)) {
		if (str_eq(name, STR("..")))
			while (at > from && *--at != '/')
				continue;
		else if (name.n && !str_eq(name, STR(".")))
			*at++ = '/', at = put(at, name, '?');
	}
	return at;
}

static struct str
host_of(struct pool *pool, const struct url *u, bool *address)
{
	struct str host = u->host;
	struct ip ip;

	*address = url_address(u, &ip);
	if (*address)
		return ip_text(pool, &ip);
	while (host.n > 1 && host.p[host.n - 1] == '.')
		host.n--;
	return host;
}

void
url_key(struct pool *pool, const struct url *u, struct url_key *out)
{
	struct str host = host_of(pool, u, &out->address), path = unescape(pool, u->path);
	struct str query = unescape(pool, u->query), fragment = unescape(pool, u->fragment);
	char *start = pool_alloc(pool, host.n + ESCAPED * (path.n + query.n + fragment.n) + 4), *at = start;

	if (host.n)
		memcpy(at, host.p, host.n);
	at += host.n;
	out->host = host.n;
	at = put_path(at, path);
	out->path = (size_t)(at - start);
	if (query.n)
		*at++ = '?', at = put(at, query, '#');
	out->query = (size_t)(at - start);
	if (fragment.n)
		*at++ = '#', at = put(at, fragment, '#');
	out->text = (struct str){ start, (size_t)(at - start) };
}

/* ---- what it is found under ---- */

static void
add(size_t *list, size_t *n, size_t value)
{
	if (*n == 0 || list[*n - 1] != value)
		list[(*n)++] = value;
}

/* Where a form may end, the longest first. */
static size_t
ends(const struct url_key *k, size_t out[URL_KEY_ENDS])
{
	size_t folder[URL_KEY_PATHS], folders = 0, n = 0;

	for (size_t i = k->host; i < k->path && folders < URL_KEY_PATHS; i++)
		if (k->text.p[i] == '/')
			folder[folders++] = i;
	add(out, &n, k->text.n);
	add(out, &n, k->query);
	add(out, &n, k->path);
	while (folders)
		add(out, &n, folder[--folders]);
	return n;
}

/* Where a form may begin: at the host, and at those of its labels from the fifth to the second of the end. */
static size_t
begins(const struct url_key *k, size_t out[URL_KEY_HOSTS])
{
	size_t label[LABELS_MOST], labels = 0, n = 0;

	add(out, &n, 0);
	if (k->address)
		return n;
	for (size_t i = k->host; i > 0 && labels < LABELS_MOST; i--)
		if (i == 1 || k->text.p[i - 2] == '.')
			label[labels++] = i - 1;
	while (labels-- >= LABELS_LEAST)
		if (n < URL_KEY_HOSTS)
			add(out, &n, label[labels]);
	return n;
}

size_t
url_key_forms(const struct url_key *k, struct str out[URL_KEY_FORMS])
{
	size_t begin[URL_KEY_HOSTS], end[URL_KEY_ENDS];
	size_t hosts = begins(k, begin), paths = ends(k, end), n = 0;

	for (size_t h = 0; h < hosts; h++)
		for (size_t p = 0; p < paths; p++)
			out[n++] = str_sub(k->text, begin[h], end[p] - begin[h]);
	return n;
}
