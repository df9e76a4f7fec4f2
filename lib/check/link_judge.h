/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* link_judge.h - what is thought of one link now, by feeds, DNS lists and how it is written
 *
 * Input    a URL of a message or of one of our tokens; any bytes
 * Units    none
 * Limits   those of the DNS batch: its deadline and number of questions
 * Memory   pool
 * Errors   none: without anybody to ask, or without an answer in time, a link is LINK_UNJUDGED
 * Threads  any
 * Source   store/indicators.h, check/dnsbl.h, link/lookalike.h
 *
 * The innermost URL counts. A feed that allows makes a link trusted; one list or feed that calls it malware,
 * phishing, a campaign or blocked makes it bad; any other, a trick, or a look-alike makes it suspicious.
 */
#ifndef CHECK_LINK_JUDGE_H
#define CHECK_LINK_JUDGE_H

#include "base/pool.h"
#include "link/verdict.h"

struct services;
struct dns_batch;

struct link_opinion {
	enum link_verdict verdict;
	struct str why;			/* who says so: "phishtank", "obscured", or empty */
};

/* The questions of DNS go out; for several links ask for all before the first is judged. dns may be NULL. */
void link_judge_want(const struct services *, struct dns_batch *dns, struct pool *, struct str url);
void link_judge(const struct services *, struct dns_batch *dns, struct pool *, struct str url,
    struct link_opinion *out);

const char *link_verdict_name(enum link_verdict);	/* "suspicious" */

#endif
