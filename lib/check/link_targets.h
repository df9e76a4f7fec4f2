/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* link_targets.h - where the links of a message lead, each place once, and what is thought of it
 *
 * Input    the links of a report, which may be anything that a taken-over worker says
 * Units    hosts
 * Limits   links.judged hosts of a message are asked about, over all that cost a question: the most suspicious first.
 *          What is in memory is looked up for all
 * Memory   pool
 * Errors   none
 * Threads  one thread per message
 * Source   none. Made once behind the worker (struct scan, links); checks of PHASE_LOOKUP read it, what they find out of
 *          a place they add by link_target_worse, and check_link_verdict, the last of them, makes the opinions final
 *
 * Own and allowed domains (links.internal, links.allow) are trusted: nobody is asked, and they count for no limit.
 * Links that are written so that nobody follows them (hxxp://) are left out.
 */
#ifndef CHECK_LINK_TARGETS_H
#define CHECK_LINK_TARGETS_H

#include "check/link_judge.h"
#include "history/places.h"
#include "scan/report.h"

struct link_host {
	struct str name;		/* as lists have it: an address without brackets */
	struct str domain;		/* registered */
	size_t part;			/* of its most suspicious link */
	unsigned suspicion;		/* points */
	bool trusted;
	bool asked;			/* within the limit */
	bool followed;			/* not only loaded, not only for unsubscribing */
	bool is_new;			/* to this site, by check_link_new */
	size_t at;			/* its first link in the report */
	size_t first, n;		/* its targets */
	struct link_opinion opinion;	/* without what is known of a page of it */
};

struct link_target {
	struct str host, url;		/* as the report has them; innermost */
	uint32_t tricks;		/* URL_* bits of all links that are written so */
	size_t part;
	struct link_host *of;
	struct link_opinion opinion;
};

struct link_targets {
	struct link_host *host;		/* most suspicious first, trusted last */
	struct link_target *target;	/* by host, by URL */
	size_t n_hosts, n;
	size_t left;			/* hosts beyond the limit */
};

struct link_targets *link_targets_new(struct pool *, const struct conf *, const struct report *);

/* The registered domains of links that are followed, each once; not of those that are trusted. Returns how many. */
size_t link_targets_places(const struct link_targets *, struct places_entry out[PLACES]);
/* Part of the most suspicious link to a domain; its hosts are new here. */
size_t link_targets_mark_new(struct link_targets *, struct str domain);

/* What else a check knows: it counts when it is worse than what is known. */
void link_target_worse(struct link_target *, enum link_verdict, struct str why);

/* host, url: of a link of that report. NULL: it is none of them. targets may be NULL. */
const struct link_target *link_targets_find(const struct link_targets *, struct str host, struct str url);

#endif
