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

#include "base/log.h"
#include "check/link_judge.h"
#include "conf/conf.h"

struct judge_opinion {
	struct link_opinion of;
	struct str end;			/* where it redirects to in the end, as far as was asked; or empty */
};

struct judge;

enum rc judge_open(const struct conf *, struct log_ctx, struct judge **out, struct buf *why) MUST_CHECK;
void judge_reload(struct judge *, const struct conf *);
void judge_close(struct judge **);

void judge_link(struct judge *, const struct conf *, struct pool *, struct str url, struct judge_opinion *out);
const char *judge_text(enum link_verdict);	/* a sentence in English, N_() */

/* The host of a URL that a token holds, as a browser reads it; empty: it has none. */
struct str judge_host(struct pool *, struct str url);

#endif
