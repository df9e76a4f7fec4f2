/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* link_judge.h - what is thought of one link now, by feeds, DNS lists and how it is written
 *
 * Input    a URL of a message or of one of our tokens; any bytes
 * Units    none
 * Limits   those of the DNS batch: its deadline and number of questions
 * Memory   pool
 * Errors   none: without anybody to ask, or without an answer in time, a link is LINK_UNJUDGED
 * Threads  any
 * Source   store/indicators.h, check/dnsbl.h, check/link_service.h, link/lookalike.h
 *
 * The innermost URL counts. A feed that allows makes a link trusted; one list or feed that calls it malware,
 * phishing, a campaign or blocked makes it bad; any other, a trick, or a look-alike makes it suspicious.
 * Services are lists of pages. Only link_judge_ask asks them, and check_link_service before, which has a budget.
 */
#ifndef CHECK_LINK_JUDGE_H
#define CHECK_LINK_JUDGE_H

#include "base/pool.h"
#include "conf/conf.h"
#include "link/known_hosts.h"
#include "link/verdict.h"

struct services;
struct dns_batch;

/* Whom and what a link is judged by. */
struct link_by {
	const struct services *services;	/* or NULL */
	struct dns_batch *dns;			/* or NULL */
	const struct known_hosts *known;	/* links.known_hosts */
	const struct opt_list *protected;	/* check.link.protected */
	const struct brands *brands;		/* or NULL */
};

struct link_opinion {
	enum link_verdict verdict;
	struct str why;			/* who says so: "phishtank", "obscured", or empty */
	bool silent;			/* lists were asked, and none answered in time */
};

/* The options of check_link. */
struct check_link_conf {
	struct opt_list protected;	/* domains that others may imitate */
	const struct brands *brands;
};

struct link_by link_by(const struct conf *, const struct services *, struct dns_batch *);

/* The questions of DNS go out; for several links ask for all before the first is judged. */
void link_judge_want(const struct link_by *, struct pool *, struct str url);
void link_judge_ask(const struct link_by *, struct pool *, struct str url);
void link_judge(const struct link_by *, struct pool *, struct str url, struct link_opinion *out);

/* The same in pieces, for many links of few hosts: begin with LINK_UNJUDGED, each makes it worse.
 * _page: feeds, services, tricks. */
void link_judge_page(const struct link_by *, struct pool *, const struct url *, struct link_opinion *);
void link_judge_like(const struct link_by *, struct pool *, const struct url *, struct link_opinion *);	/* look-alike */
void link_judge_host(const struct link_by *, struct pool *, const struct url *, struct link_opinion *);	/* DNS lists */
/* What page and host are together: trusted as a page, or the worse of both. */
struct link_opinion link_opinion_of(const struct link_opinion *page, const struct link_opinion *host);

const char *link_verdict_name(enum link_verdict);	/* "suspicious" */

#endif
