/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* url_key.h - a URL in the form in which lists of URLs have it, and what it is found under
 *
 * Input    a URL as url_parse gives it
 * Units    bytes
 * Limits   URL_KEY_FORMS forms of one URL: URL_KEY_HOSTS hosts, each with URL_KEY_ENDS ends; linear
 * Memory   pool; forms point into the key
 * Errors   none
 * Threads  reentrant
 * Source   Safe Browsing, "URLs and Hashing": canonical form, suffixes of the host and prefixes of the path
 *
 * What a server takes for the same is the same: scheme, port and user do not count; escapes are read, however often
 * they were escaped; "//", "/./" and "/../" go, and so does the slash at the end of a path. A list that has
 * bad.example/a has /a, /a/, /a?x, /a#x and /a/b of bad.example and of what is below it, and not /ab. Not of the
 * source: what stands behind "#" stays, for a list may have nothing else that tells two pages apart.
 */
#ifndef LINK_URL_KEY_H
#define LINK_URL_KEY_H

#include "link/url.h"

enum {
	URL_KEY_HOSTS = 5,	/* the host, and what is above it with 5 to 2 labels */
	URL_KEY_PATHS = 8,	/* of these, "/" and 7 folders below it */
	URL_KEY_ENDS = URL_KEY_PATHS + 3,
	URL_KEY_FORMS = URL_KEY_HOSTS * URL_KEY_ENDS
};

struct url_key {
	struct str text;		/* "bad.example/a/b?c=d#e" */
	size_t host, path, query;	/* where they end */
	bool address;			/* the host has nothing above it */
};

void url_key(struct pool *, const struct url *, struct url_key *out);

/* Most special first: the whole of it, less of its end, less of its host. Returns how many. */
size_t url_key_forms(const struct url_key *, struct str out[URL_KEY_FORMS]);

#endif
