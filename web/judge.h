/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* judge.h - what is thought of a link at the moment somebody clicks it
 *
 * Input    a URL out of one of our tokens
 * Units    milliseconds
 * Limits   click.judge_ms for all of it
 * Memory   texts live in the caller's pool
 * Errors   none: what could not be asked in time is LINK_UNJUDGED
 * Threads  judge_link: any; the rest one
 * Source   check/link_judge.h: the same that judges links in mail, with the lists and feeds of this minute
 */
#ifndef WEB_JUDGE_H
#define WEB_JUDGE_H

#include "base/pool.h"
#include "base/log.h"
#include "conf/conf.h"

enum judge_verdict { JUDGE_TRUSTED, JUDGE_CLEAN, JUDGE_UNJUDGED, JUDGE_SUSPICIOUS, JUDGE_BAD };

struct judge_opinion {
	enum judge_verdict verdict;
	struct str why;			/* who says so: "phishtank"; may be empty */
	struct str end;			/* where it redirects to in the end, as far as was asked; or empty */
};

struct judge;

enum rc judge_open(const struct conf *, struct log_ctx, struct judge **out, struct buf *why) MUST_CHECK;
void judge_reload(struct judge *, const struct conf *);
void judge_close(struct judge **);

void judge_link(struct judge *, const struct conf *, struct pool *, struct str url, struct judge_opinion *out);
const char *judge_name(enum judge_verdict);	/* "suspicious" */
const char *judge_text(enum judge_verdict);	/* a sentence in English, N_() */

/* The host of a URL that a token holds: between :// or @ and the port. */
struct str judge_host(struct str url);

#endif
