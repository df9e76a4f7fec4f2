/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* link.h - the links of a message: what a client or a person would follow or fetch
 *
 * Input    what the finders saw: a URL as it stands there, UTF-8, any bytes
 * Units    bytes
 * Limits   lim->links in all; their text takes at most half of lim->report_bytes; shown words
 *          are cut at LINK_TEXT_BYTES. Beyond, links_cut says so, and nothing is kept in part
 * Memory   everything lives in the pool
 * Errors   none: what is no link (mailto:, cid:, "#top", relative without a base) is left out
 * Threads  one thread per collector
 * Source   WHATWG URL (url.h), other vendors' wrappers (unwrap.h)
 */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/vec.h"
#include "link/url.h"
#include "link/where.h"

enum { LINK_HOST_BYTES = 255, LINK_WRAPS = 8 };

struct link {
	struct str url;			/* canonical, innermost; of data: only what stands before the comma */
	struct str outer;		/* canonical as it stands there; the same when not wrapped */
	struct str host;		/* of url: ASCII, punycode, [v6] or dotted; empty for data: and the like */
	struct str text;		/* shown words, UTF-8, cut */
	struct str wrappers;		/* "proofpoint3, safelinks", outermost first */
	size_t part;			/* index of a part of the report */
	enum link_where where;
	uint32_t tricks;		/* URL_* bits of url and outer */
	uint8_t wraps;			/* layers that came off */
	bool loads;			/* fetched without a click */
	bool form, asks_secret;		/* a form sends there; it asks for a password or the like */
	bool unsubscribe;		/* of List-Unsubscribe */
};

/* A link as a finder saw it. */
struct link_found {
	struct str url;			/* references and escapes of its place are decoded */
	const struct url *base;		/* what a relative one hangs on, or NULL */
	struct str text;
	size_t part;
	enum link_where where;
	uint32_t tricks;		/* what only the finder could see: DEFANGED, NO_SCHEME */
	bool loads, form, asks_secret, unsubscribe;
};

struct links;
struct known_hosts;

/* known: what the operator says of hosts, or NULL. */
struct links *links_new(struct pool *, const struct limits *, const struct known_hosts *known);
/* Normalises, unwraps, adds what is nested in it, merges what is equal in URL, part, place and words. True: it is a link
 * and it is among links_all. */
bool links_add(struct links *, const struct link_found *);
/* Something was left out: a finder says so with links_note_cut. */
bool links_cut(const struct links *);
void links_note_cut(struct links *);
const struct vec *links_all(const struct links *);	/* struct link, as they came */
struct pool *links_pool(const struct links *);
const struct limits *links_limits(const struct links *);

/* One a line, for rules: url, and outer when it differs. What nobody would follow (defanged)
 * is left out. */
void links_lines(const struct vec *links, struct buf *out);

#endif
