/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/shown.h"

#include "link/tld.h"

/* The host that the words of a link are, STR_NONE when they are words. */
static struct str
shown_host(struct pool *pool, struct str text)
{
	struct url u;
	struct str last;

	text = str_trim(text);
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] <= ' ' || text.p[i] == '@')
			return STR_NONE;
	if (!str_starts_nocase(text, STR("http://")) && !str_starts_nocase(text, STR("https://")))
		text = pool_printf(pool, "http://%.*s", STR_ARG(text));
	if (url_parse(pool, text, NULL, &u) != RC_OK || u.host_kind != URL_DOMAIN)
		return STR_NONE;
	last = str_from(u.host, str_rchr(u.host, '.') + 1);
	if (str_chr(u.host, '.') == STR_NPOS || !tld_is_real(last) || tld_is_extension(last))
		return STR_NONE;
	return u.host;
}

static struct str
host_of(struct pool *pool, struct str url)
{
	struct url u;

	return url_parse(pool, url, NULL, &u) == RC_OK ? u.host : STR_NONE;
}

struct str
shown_elsewhere(struct pool *pool, const struct link *l)
{
	struct str shown, owner;

	if (l->text.n == 0 || l->where == LINK_IN_TEXT || l->host.n == 0)
		return STR_NONE;
	shown = shown_host(pool, l->text);
	owner = url_registered(shown);
	if (shown.n == 0 || str_eq(owner, url_registered(l->host)) ||
	    str_eq(owner, url_registered(host_of(pool, l->outer))))
		return STR_NONE;
	return shown;
}
