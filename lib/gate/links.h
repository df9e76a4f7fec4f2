/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* links.h - which link of a message gets which action, and where it leads then
 *
 * Input    the report of a worker: its links may be anything that a taken-over worker says
 * Units    seconds since 1970 UTC
 * Limits   lim->links; a URL over TOKEN_URL is not led to the click gate
 * Memory   in the pool of the message
 * Errors   none: a link about which nothing can be done stays as it is
 * Threads  reentrant
 * Source   RFC 8058 (one-click unsubscription: the URL of the header stays the same in the body)
 *
 * The keys stay in the gate: a worker gets the finished URLs.
 */
#ifndef GATE_LINKS_H
#define GATE_LINKS_H

#include "conf/conf.h"
#include "click/keyring.h"
#include "link/rewrite.h"
#include "link/verdict.h"
#include "scan/report.h"
#include "scan/session.h"

/* A link as far as it matters here. */
struct links_link {
	struct str url, outer, host;	/* innermost; as it stands there; host of url */
	bool unsubscribe;		/* of List-Unsubscribe */
	bool followed;			/* somewhere; not only loaded, or where a form is sent to */
};

/* What is thought of a link of the report. */
typedef enum link_verdict links_judge_fn(void *arg, const struct links_link *);

struct links_in {
	const struct conf *conf;
	const struct session *session;
	const struct report *report;
	const struct keyring *keys;	/* NULL: no click gate */
	bool doubtful;			/* the message is a reason to warn before its links */
	links_judge_fn *judge;		/* NULL: what is not trusted is not judged */
	void *arg;
	struct str id;			/* of the message in our log */
	int64_t now_s;
};

struct links_plan {
	const struct rewrite_row *rows;	/* without those that stay */
	size_t n, count[REWRITE_N];	/* rows by action */
	bool outbound;
};

void links_plan(struct pool *, const struct links_in *, struct links_plan *out);
/* Links that are to go, not only to lead elsewhere. */
bool links_must_go(const struct links_plan *);

/* Does the message leave this site? Submitted with a login or locally, or by links.outbound. */
bool links_is_outbound(const struct conf *, const struct session *);

/* A policy that leads links to the click gate needs one. `errors` gets a line for each that does not. */
enum rc links_try(const struct conf *, struct buf *errors) MUST_CHECK;

#endif
