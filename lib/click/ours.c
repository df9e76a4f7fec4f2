/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "click/ours.h"

#include "click/token.h"
#include "link/url.h"

/* By http or https: mail programs make one of the other. */
static struct str
without_scheme(struct str url)
{
	size_t at = str_find(url, STR("://"));

	return at == STR_NPOS ? STR_NONE : str_from(url, at + 3);
}

struct str
ours_prefix(struct pool *pool, struct str click_url)
{
	struct url u;

	if (click_url.n == 0 || url_parse(pool, pool_printf(pool, "%.*s/", STR_ARG(click_url)), NULL, &u) != RC_OK)
		return STR_NONE;
	return without_scheme(u.href);
}

struct str
ours_token(struct str prefix, struct str url)
{
	struct str rest = without_scheme(url);
	size_t n = 0;

	if (prefix.n == 0 || !str_starts_nocase(rest, prefix))
		return STR_NONE;
	rest = str_from(rest, prefix.n);
	while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?' && rest.p[n] != '#' && rest.p[n] != '+')
		n++;
	rest = str_upto(rest, n);
	return token_looks(rest) ? rest : STR_NONE;
}
