/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* finding.h - what a check may report, and what it did
 *
 * Input    none
 * Units    scores in tenths of a point
 * Limits   none
 * Memory   rows are constants; texts of a finding live in its report's pool
 * Errors   none
 * Threads  plain data
 * Source   lib/README.md, "Words"
 */
#ifndef SCAN_FINDING_H
#define SCAN_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "scan/class.h"

/* How a refusal because of a finding is put to the client. The first digits follow from what
 * policy does: "50", "1.1" is 550 5.1.1 when it rejects and 450 4.1.1 when it defers. */
struct finding_reply {
	const char *code, *detail;	/* RFC 5321 4.2, RFC 3463: without their first digit */
	const char *text;		/* ASCII, for the person who sent the message */
};

/* Findings that have a policy line of their own, besides that of their class. */
enum finding_line { LINE_CLASS, LINE_DMARC_QUARANTINE, LINE_DMARC_REJECT, LINE_DMARC_TEMPERROR, LINE_N };

/* What a check may report: one row of its `found` table. */
struct finding_def {
	const char *name;		/* "CLAMAV"; upper case; NULL ends a table */
	enum class class;
	int score;			/* tenths; the operator can override it with score.NAME */
	bool varies;			/* class and score come with each finding (YARA rules say their own) */
	const char *help;		/* one sentence for the manual */
	struct finding_reply reply;	/* code NULL: the usual answer */
	enum finding_line line;
	bool alone;			/* of the phase RCPT: it speaks of that recipient, not of the sender */
};

struct finding {
	const struct finding_def *def;
	enum class class;
	int score;
	size_t part;			/* index into parts, or REPORT_NO_PART */
	struct str evidence;
	struct str quote;		/* a stranger's words for the client, ASCII; mostly empty */
};

#endif
