/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* url_in.h - what the files of the URL parser share
 *
 * Input    as url.h
 * Units    bytes
 * Limits   as url.h
 * Memory   pool
 * Errors   as url.h
 * Threads  reentrant
 * Source   URL Standard 1.3 (percent-encode sets), 3.5 (host parsing)
 */
#ifndef LINK_URL_IN_H
#define LINK_URL_IN_H

#include "base/buf.h"
#include "link/url.h"

/* Percent-encode sets, each a bit. */
enum url_set {
	URL_SET_CONTROL = 1,
	URL_SET_FRAGMENT = 2,
	URL_SET_QUERY = 4,
	URL_SET_SPECIAL_QUERY = 8,
	URL_SET_PATH = 16,
	URL_SET_USERINFO = 32
};

/* The input as valid UTF-8 without what browsers drop; tricks of it are added. */
struct str url_clean(struct pool *, struct str in, uint32_t *tricks);
void url_encode(struct buf *, enum url_set, struct str);

/* Fills host and host_kind; RC_BAD: no host. raw may have FFFD. */
enum rc url_host(struct pool *, struct str raw, bool special, struct url *out) MUST_CHECK;
/* All but href. in: as url_clean gives it. */
enum rc url_read(struct pool *, struct str in, const struct url *base, struct url *out) MUST_CHECK;
/* What browsers would not change, in one pass; false: it takes url_any to read it. An absolute URL needs no base. */
bool url_plain(struct pool *, struct str in, struct url *out);
/* Every URL, up to URL_BYTES. */
enum rc url_any(struct pool *, struct str in, const struct url *base, struct url *out) MUST_CHECK;
/* Overlong forms decoded, stray bytes dropped: for hosts only. */
struct str url_sloppy(struct pool *, struct str in);

#endif
