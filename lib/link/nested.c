/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/nested.h"

#include "base/buf.h"
#include "message/decode.h"

static bool
is_web(struct str s)
{
	return str_starts_nocase(s, STR("http://")) || str_starts_nocase(s, STR("https://"));
}

/* Cheap, as nearly all values are none: what is not "http", plain or with percent signs, is not decoded. */
static bool
may_be(struct str s)
{
	return s.n > 8 && ((s.p[0] | 0x20) == 'h' || s.p[0] == '%');
}

static bool
take(struct pool *pool, struct str value, struct str *out)
{
	struct buf now, next;
	bool found = false;

	if (!may_be(value))
		return false;
	buf_init(&now, value.n + 1);
	buf_init(&next, value.n + 1);
	buf_add(&now, value);
	for (int round = 0; round <= NESTED_ROUNDS && !found; round++) {
		struct buf old = now;

		found = is_web(buf_str(&now));
		if (found)
			break;
		buf_reset(&next);
		decode_percent(buf_str(&now), &next);
		now = next;
		next = old;
	}
	if (found)
		*out = pool_str(pool, buf_str(&now));
	buf_clear(&now);
	buf_clear(&next);
	return found;
}

/* Values of parameters, or everything when there are none. */
static size_t
params(struct pool *pool, struct str query, struct str *out, size_t n)
{
	struct str piece;

	while (n < NESTED_PER_URL && str_next(&query, '&', &piece)) {
		size_t sign = str_chr(piece, '=');

		n += take(pool, sign == STR_NPOS ? piece : str_from(piece, sign + 1), &out[n]);
	}
	return n;
}

/* The first of these marks in the path. */
static size_t
in_path(struct str path)
{
	static const char *const marks[] = { "/http://", "/https://", "/http%3a%2f", "/https%3a%2f", "/http:/", "/https:/" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t at = str_find_nocase(path, str_of(marks[i]));

		if (at != STR_NPOS)
			return at + 1;
	}
	return STR_NPOS;
}

size_t
nested_urls(struct pool *pool, const struct url *u, struct str out[NESTED_PER_URL])
{
	size_t n = 0, at = str_find_nocase(u->path, STR("/http"));

	if (at != STR_NPOS)
		at = in_path(u->path);
	if (at != STR_NPOS)
		n += take(pool, str_from(u->path, at), &out[n]);
	n = params(pool, u->query, out, n);
	return params(pool, u->fragment, out, n);
}
