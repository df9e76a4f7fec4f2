/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "recipient/address.h"

#include "base/ascii.h"

/* RFC 5322 3.2.3 atext and the dot; bytes above 127 by RFC 6531. */
static bool
is_plain(unsigned char c)
{
	return ascii_is_alnum(c) || c >= 0x80 || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

/* <@a,@b:user@c>: RFC 5321 appendix C asks to ignore the route. */
static struct str
without_route(struct str s)
{
	size_t colon;

	if (s.n == 0 || s.p[0] != '@')
		return s;
	colon = str_chr(s, ':');
	return colon == STR_NPOS ? s : str_from(s, colon + 1);
}

/* "bob" is bob; what cannot do without quotes keeps them, in one form only. */
static bool
unquote(struct pool *pool, struct str in, struct str *out)
{
	char *text = pool_alloc(pool, 2 * in.n + 3);
	size_t n = 0, plain = 0;

	text[n++] = '"';
	for (size_t i = 1; i + 1 < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (c == '\\' && i + 2 < in.n)
			c = (unsigned char)in.p[++i];
		else if (c == '"' || c == '\\')
			return false;
		plain += is_plain(c);
		if (c == '"' || c == '\\') {
			text[n++] = '\\';
			plain = in.n * 2;	/* never equal to what was counted */
		}
		text[n++] = (char)c;
	}
	text[n++] = '"';
	*out = (struct str){ text, n };
	if (n > 2 && plain == n - 2)
		*out = str_sub(*out, 1, n - 2);
	return n > 2;
}

static bool
read_local(struct pool *pool, struct str in, struct str *out)
{
	if (in.n >= 2 && in.p[0] == '"' && in.p[in.n - 1] == '"')
		return unquote(pool, in, out);
	for (size_t i = 0; i < in.n; i++)
		if (!is_plain((unsigned char)in.p[i]))
			return false;
	*out = in;
	return in.n > 0;
}

static bool
good_domain(struct str d)
{
	for (size_t i = 0; i < d.n; i++)
		if (!ascii_is_alnum((unsigned char)d.p[i]) && (unsigned char)d.p[i] < 0x80 && !strchr("-._[]:", d.p[i]))
			return false;
	return d.n == 0 || (d.p[0] != '.' && str_find(d, STR("..")) == STR_NPOS);
}

/* Where the user's name ends. Lists keep their owner-* and *-request addresses, as in Postfix. */
static size_t
user_end(struct str local, struct str delimiters)
{
	if (local.p[0] == '"')
		return local.n;
	for (size_t i = 1; i < local.n; i++) {
		if (str_chr(delimiters, local.p[i]) == STR_NPOS)
			continue;
		if (local.p[i] == '-' && (str_starts(local, STR("owner-")) || str_ends_nocase(local, STR("-request"))))
			return local.n;
		return i;
	}
	return local.n;
}

bool
recipient_parse(struct pool *pool, struct str said, struct str delimiters, struct recipient_address *out)
{
	struct str s, local;
	size_t at;

	if (said.n == 0 || said.n > RECIPIENT_ADDRESS)
		return false;
	for (size_t i = 0; i < said.n; i++)
		if ((unsigned char)said.p[i] < 0x20 || said.p[i] == 0x7f)
			return false;
	s = without_route(pool_lower(pool, said));
	at = str_rchr(s, '@');
	out->domain = at == STR_NPOS ? STR_NONE : str_from(s, at + 1);
	if (out->domain.n > 1 && out->domain.p[out->domain.n - 1] == '.')
		out->domain = str_upto(out->domain, out->domain.n - 1);
	if ((at != STR_NPOS && out->domain.n == 0) || !good_domain(out->domain) ||
	    !read_local(pool, str_upto(s, at), &local))
		return false;
	out->local = local;
	out->user = str_upto(local, user_end(local, delimiters));
	return true;
}

static void
add(struct recipient_keys *k, struct str key)
{
	if (k->n < RECIPIENT_KEYS)
		k->key[k->n++] = key;
}

void
recipient_keys(struct pool *pool, const struct recipient_address *a, bool local, struct recipient_keys *out)
{
	bool extended = a->user.n < a->local.n;

	out->n = 0;
	if (a->domain.n) {
		add(out, pool_printf(pool, "%.*s@%.*s", STR_ARG(a->local), STR_ARG(a->domain)));
		if (extended)
			add(out, pool_printf(pool, "%.*s@%.*s", STR_ARG(a->user), STR_ARG(a->domain)));
	}
	if (local || !a->domain.n) {
		add(out, a->local);
		if (extended)
			add(out, a->user);
	}
	if (a->domain.n)
		add(out, pool_printf(pool, "@%.*s", STR_ARG(a->domain)));
}

void
recipient_domain_keys(struct str domain, struct recipient_keys *out)
{
	out->n = 0;
	if (!domain.n)
		return;
	add(out, domain);
	for (size_t i = 1; i < domain.n && out->n <= RECIPIENT_LABELS; i++)
		if (domain.p[i] == '.')
			add(out, str_from(domain, i));
}
