/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* release.h - give people their mail back: what the quarantine has goes to the mail server, once
 *
 * Input    ids of operators and people; records and bodies of ours
 * Units    milliseconds
 * Limits   release.deadline for one mail; RELEASE_WHY bytes of `why`
 * Memory   none kept
 * Errors   RC_OK: the server has it. RC_NONE: there is nothing (any more) that can be released: no such record, or somebody
 *          else did it. RC_BAD: the server refuses it, or the body is gone or damaged. RC_TEMP: not now, or nobody knows how
 *          it ended. `why` says it in one line. After RC_BAD the entry is as it was before, with an event
 * Threads  any
 * Source   exactly once: the recipients are claimed (HELD or ORIGINAL to RELEASING, at a moment that names the claim), the
 *          mail goes out with a pass that names the claim. The gate that lets it by moves them by a millisecond
 *          (PASS_LET_BY_MS), durably, before it answers: that uses up the claim. RELEASED they are when the server has said
 *          yes, or has gone on after the gate's answer (gate/passes.h). Whoever is killed in between leaves RELEASING, which
 *          release_stale undoes when no pass of that claim can be good any more; where the gate let it by and was killed as
 *          well, nobody knows whether it was delivered, and the event says so. A clear refusal undoes it at once
 */
#ifndef RESPONSE_RELEASE_H
#define RESPONSE_RELEASE_H

#include "response/pass.h"
#include "response/response.h"

/* SLACK_MS: clocks, and the gate at work when the deadline comes. */
enum { RELEASE_WHY = 1024, RELEASE_SLACK_MS = 30000 };

struct release_order {
	struct str id;			/* of the record */
	size_t number;			/* of the recipient; 0: all */
	struct str to;			/* another address in place of its recipients; or empty */
	struct str who;			/* "operator root" */
	bool look_again;		/* the end of a hold: it is scanned again (PASS_HOLD_END) */
	const struct str *message;	/* a report: as its recipient has it, when nothing is kept of it; or NULL */
};

/* What is held, and the originals of what was changed, of these recipients. */
enum rc release_entry(const struct response *, const struct release_order *, struct buf *why) MUST_CHECK;

/* Delete it, its body with the last of its recipients. */
enum rc release_delete(const struct response *, const struct release_order *, struct buf *why) MUST_CHECK;

/* Kept in STATE_DIR/learn, as NAME-ID.eml, for those who learn from it. */
enum release_report { REPORT_FALSE_POSITIVE, REPORT_MISSED_SPAM, RELEASE_REPORTS };
const char *release_report_name(enum release_report);	/* "false_positive" */
bool release_report_parse(struct str, enum release_report *);
enum rc release_report(const struct response *, const struct release_order *, enum release_report, struct buf *why)
    MUST_CHECK;

/* Releases that nobody is at any more go back to where they were. *n: how many recipients. */
enum rc release_stale(const struct response *, int64_t now_ms, size_t *n) MUST_CHECK;

#endif
