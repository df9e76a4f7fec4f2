/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* follow.h - where shortened links lead
 *
 * Input    a URL; what services that shorten links answer
 * Units    milliseconds
 * Limits   click.follow_hops redirects, click.follow_ms for all of them
 * Memory   URLs live in the pool
 * Errors   RC_NONE: it leads nowhere else. RC_TEMP: no answer in time. RC_LIMIT: too many redirects. RC_BAD: to
 *          where nobody may be sent: another scheme, an address inside
 * Threads  reentrant
 * Source   net/http.h looks at the address that is connected to, at each hop. Only shorteners
 *          (known_hosts.h, click.follow_hosts) are ever asked: what a link leads to in the end does not hear of us
 */
#ifndef WEB_FOLLOW_H
#define WEB_FOLLOW_H

#include "click/click_opts.h"
#include "link/known_hosts.h"
#include "net/http.h"

struct follow_conf {
	const struct http_conf *http;
	const struct click_conf *click;
	const struct known_hosts *known;	/* links.known_hosts; NULL: those built in */
};

/* each is told every URL that comes after the first; false ends it. end: the last of them. */
enum rc follow(const struct follow_conf *, struct pool *, struct str url,
    bool (*each)(void *arg, struct str url), void *arg, struct str *end) MUST_CHECK;

#endif
