/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* known_hosts.h - hosts that say nothing of who stands behind a link: shorteners, free hosting, open redirects
 *
 * Input    a host as struct url has it; the operator's list (links.known_hosts)
 * Units    none
 * Limits   KNOWN_HOSTS_LINES lines of the operator, KNOWN_HOSTS_ROUNDS of percent-decoding
 * Memory   pool
 * Errors   known_hosts_parse: all of a file, in conf_errors
 * Threads  reentrant; a list does not change once it was read
 * Source   known_hosts.list and redirects.list, which name their sources
 *
 * A line of the operator's list; what stands for a host counts before what stands for a domain above it:
 *
 *   shortener  go.example                    and what is below it
 *   free       pages.example
 *   redirect   www.example /login next       path (what it begins with; "*" for any, "*x" for one that holds x) and the
 *                                            parameter that has the URL; "?" when all behind the '?' is it
 *   not        bit.ly                        nothing of that, whatever the program has
 */
#ifndef LINK_KNOWN_HOSTS_H
#define LINK_KNOWN_HOSTS_H

#include "conf/source.h"
#include "link/url.h"

enum { KNOWN_HOSTS_LINES = 20000, KNOWN_HOSTS_ROUNDS = 2 };

enum known_host {
	KNOWN_SHORTENER = 1,		/* its links lead anywhere */
	KNOWN_FREE = 2,			/* anybody puts pages or files there, without being asked who they are */
	KNOWN_REDIRECT = 4		/* has paths that lead where a parameter says */
};

struct known_hosts;

/* Bits of what is known of it, 0 when nothing is. NULL: by the lists that are built in. */
unsigned known_hosts_find(const struct known_hosts *, struct str host);

/* Where an open redirect leads: to another site only. False: it is none. */
bool known_hosts_redirect(const struct known_hosts *, struct pool *, const struct url *, struct url *target);

/* The operator's list; builtin: what it does not name is looked up in those built in. Bad lines are left out. */
const struct known_hosts *known_hosts_parse(struct pool *, const char *file, struct str text, bool builtin,
    struct conf_errors *);

#endif
