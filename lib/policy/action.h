/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* action.h - what can be done with a message: one table
 *
 * Input    action lists of the configuration: "quarantine, subject \"[MALWARE] \""
 * Units    none
 * Limits   ACTION_TEXT bytes for an argument
 * Memory   constants; parsed arguments live in the pool
 * Errors   action_parse: RC_BAD with the reason
 * Threads  constants only
 * Source   lib/README.md, "Words": outcome. Intercepts are ordered by strength
 */
#ifndef POLICY_ACTION_H
#define POLICY_ACTION_H

#include "base/buf.h"
#include "base/pool.h"
#include "base/str.h"

enum { ACTION_TEXT = 200 };

/* Exactly one holds for a message; the strongest of all that were asked for. */
enum intercept {
	INTERCEPT_ACCEPT, INTERCEPT_TAG, INTERCEPT_QUARANTINE, INTERCEPT_HOLD, INTERCEPT_TEMPFAIL,
	INTERCEPT_REJECT, INTERCEPT_DISCARD, INTERCEPT_N
};

/* Any number of these; they add up. */
enum modification {
	MODIFY_STRIP = 1, MODIFY_SUBJECT = 2, MODIFY_HEADER = 4,
	MODIFY_LINKS = 8		/* no action of a line: links.* say it, set once it is done */
};

struct action_set {
	enum intercept intercept;
	unsigned modify;		/* enum modification bits */
	struct str subject;		/* text put before the subject */
	const struct str *headers;	/* "Name: value" to add */
	size_t n_headers;
};

const char *intercept_name(enum intercept);
const char *intercept_help(enum intercept);
/* Names and help of all actions, for the manual: row i or false. */
bool action_describe(size_t i, const char **name, const char **argument, const char **help);

enum rc action_parse(struct pool *, struct str text, struct action_set *out, struct buf *why) MUST_CHECK;
/* Strongest intercept wins, modifications add up. */
void action_merge(struct pool *, struct action_set *into, const struct action_set *more);
void action_format(const struct action_set *, struct buf *out);

#endif
