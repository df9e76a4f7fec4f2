/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "web/follow.h"

#include "base/clock.h"
#include "click/token.h"
#include "link/url.h"
#include "web/judge.h"

enum { WHY_BYTES = 1024 };

static bool
is_asked(const struct follow_conf *f, struct pool *pool, struct str url)
{
	const struct click_conf *cc = f->click;
	struct str host = judge_host(pool, url);

	if (known_hosts_find(f->known, host) & KNOWN_SHORTENER)
		return true;
	for (size_t i = 0; i < cc->follow_hosts.n; i++)
		if (str_eq_nocase(host, cc->follow_hosts.item[i]))
			return true;
	return false;
}

static enum rc
hop(const struct http_conf *http, struct pool *pool, struct str url, int64_t by_ms, struct str *next)
{
	struct buf to, why;
	struct url u;
	enum rc rc;

	if (clock_mono_ms() >= by_ms)
		return RC_TEMP;
	buf_init(&to, TOKEN_URL);
	buf_init(&why, WHY_BYTES);
	rc = http_where(http, url, by_ms, &to, &why);
	/* As a browser would read it: that is what is asked next, and what is judged. */
	if (rc == RC_OK && (to.full || url_parse(pool, buf_str(&to), NULL, &u) != RC_OK || !token_url_fits(u.href)))
		rc = RC_BAD;
	*next = rc == RC_OK ? u.href : STR_NONE;
	buf_clear(&to);
	buf_clear(&why);
	return rc;
}

enum rc
follow(const struct follow_conf *f, struct pool *pool, struct str url,
    bool (*each)(void *arg, struct str url), void *arg, struct str *end)
{
	int64_t by_ms = clock_mono_ms() + f->click->follow_ms;
	enum rc rc = RC_OK;

	*end = STR_NONE;
	for (int64_t i = 0; is_asked(f, pool, url); i++) {
		struct str next;

		if (i == f->click->follow_hops)
			return RC_LIMIT;
		rc = hop(f->http, pool, url, by_ms, &next);
		if (rc != RC_OK)
			break;
		*end = url = next;
		if (!each(arg, url))
			break;
	}
	return rc == RC_NONE || (rc == RC_OK && end->n == 0) ? (end->n ? RC_OK : RC_NONE) : rc;
}
