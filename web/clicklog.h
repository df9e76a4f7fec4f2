/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* clicklog.h - who clicked what, when, and what was shown
 *
 * Input    a click; hostile where it comes from a browser
 * Units    milliseconds since 1970
 * Limits   click.records_max
 * Memory   none kept
 * Errors   none: a disk that is full does not stop clicks
 * Threads  any
 * Source   STATE_DIR/clicks.jsonl, one JSON object a line, and a line of the log; click.privacy says what is
 *          left out. store/journal.h
 */
#ifndef WEB_CLICKLOG_H
#define WEB_CLICKLOG_H

#include "click/token.h"
#include "conf/conf.h"
#include "store/journal.h"

#define CLICKLOG_FILE "clicks.jsonl"	/* below state_dir */
enum { CLICKLOG_BYTES = 64 * 1024, CLICKLOG_AGENT = 200 };

struct clicklog_click {
	struct str reference;		/* of the page */
	const char *shown;		/* "redirect", "warn", "blocked" ... */
	const char *verdict;		/* of the link; NULL: was not judged */
	struct str why;
	struct str client, agent;
	const struct click_token *token;	/* NULL: there was none */
	int64_t ms;			/* it took */
};

struct clicklog;

enum rc clicklog_open(const struct conf *, struct log_ctx, struct clicklog **out) MUST_CHECK;
void clicklog_close(struct clicklog **);
void clicklog_put(struct clicklog *, const struct conf *, const struct clicklog_click *);
/* "w65f1a2b3-5": another one each time. */
struct str clicklog_reference(struct clicklog *, struct pool *);

#endif
