/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* url.h - read a URL as browsers do
 *
 * Input    what stands in an attribute or a text; any bytes, meant as UTF-8
 * Units    bytes
 * Limits   URL_BYTES of input; linear
 * Memory   all strings of a result are copies in the pool
 * Errors   RC_BAD where browsers follow nothing, RC_LIMIT over URL_BYTES
 * Threads  reentrant
 * Source   URL Standard (url.spec.whatwg.org), "basic URL parser" without overrides; UTS 46 by ICU.
 *          Not of it: where a host that is not UTF-8 is no host, it is read once more as sloppy programs
 *          do, overlong forms decoded and stray bytes dropped (BAD_UTF8 is set)
 */
#ifndef LINK_URL_H
#define LINK_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/pool.h"
#include "base/rc.h"

enum { URL_BYTES = 32768 };

enum url_host_kind {
	URL_NO_HOST,		/* mailto:a@example.org */
	URL_DOMAIN,
	URL_IPV4,
	URL_IPV6,
	URL_OPAQUE		/* of a scheme that browsers have no rules for; empty in file:///x */
};

enum url_trick_id {
#define URL_TRICK(id, name, help) URL_TRICK_ID_##id,
#include "link/url_trick.list"
#undef URL_TRICK
	URL_TRICK_N
};

enum url_trick {
#define URL_TRICK(id, name, help) URL_##id = 1u << URL_TRICK_ID_##id,
#include "link/url_trick.list"
#undef URL_TRICK
};

struct url {
	struct str href;		/* canonical, ASCII */
	struct str scheme;		/* lower case, without ':' */
	struct str userinfo;		/* "user:secret", percent-encoded, without '@' */
	struct str host;		/* "xn--39sz56k.example", "192.0.2.1", "[2001:db8::1]" */
	int port;			/* -1: none, or that of the scheme */
	struct str path;		/* with '/' in front, unless opaque_path */
	struct str query, fragment;	/* without '?' and '#' */
	enum url_host_kind host_kind;
	bool has_query, has_fragment;	/* also when empty */
	bool opaque_path;		/* mailto:, data:, javascript: */
	uint32_t tricks;		/* URL_* bits */
};

/* base: what a relative URL hangs on; NULL when there is none. */
enum rc url_parse(struct pool *, struct str in, const struct url *base, struct url *out) MUST_CHECK;

/* http, https: what mail links to when it links to the web. */
bool url_is_web(const struct url *);
/* "http://www.bank.example@192.0.2.7/": a user name that people take for the host. */
bool url_user_looks_host(const struct url *);
/* The address that is the host, a mapped IPv4 address as IPv4. False for names. */
bool url_address(const struct url *, struct ip *out);

const char *url_trick_name(enum url_trick_id);		/* "userinfo" */
const char *url_trick_help(enum url_trick_id);
/* "userinfo,backslash", empty when there is none. */
struct str url_tricks_text(struct pool *, uint32_t tricks);

/* The domain somebody registered: example.co.jp of www.example.co.jp, by the public suffix list that libpsl has
 * built in. A host that is an address or itself a public suffix is given back as it is. */
struct str url_registered(struct str host);

#endif
