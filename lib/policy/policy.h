/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* policy.h - findings and unscanned content become an outcome
 *
 * Input    a report and the policy options: mode, preset, on.CLASS, unscanned.WHY,
 *          threshold.CLASS, on_fail, on_fail.ENGINE
 * Units    scores in tenths
 * Limits   none of its own
 * Memory   the outcome lives in the given pool
 * Errors   none: every report has an outcome
 * Threads  reentrant
 * Source   lib/README.md, "Words". rules/presets/ *.conf are three readable policies
 *
 * The verdict is the most severe class whose findings' scores add up to its
 * threshold. The outcome is the union of what the policy lines ask for: the line of
 * every class that reached its threshold, and of every reason something is unscanned.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "conf/conf.h"
#include "policy/action.h"
#include "scan/report.h"

enum policy_mode { POLICY_ENFORCE, POLICY_OBSERVE };

/* Engines with a failure line of their own. Their names start the text of `unscanned`
 * entries: "clamav: MaxScanTime". */
enum policy_engine { POLICY_CLAMAV, POLICY_YARA, POLICY_ENGINES };

struct policy_line {
	bool inherit;				/* follow unscanned.engine instead */
	struct action_set act;
};

struct policy_conf {
	int mode;				/* enum policy_mode */
	struct str preset;
	struct action_set on[CLASS_N];
	struct action_set on_line[LINE_N];	/* findings with a line of their own; LINE_CLASS: not used */
	int64_t threshold[CLASS_N];
	struct action_set unscanned[UNSCANNED_N];
	bool early[CLASS_N];			/* reject and tempfail do not wait for the message */
	struct action_set on_fail;		/* no report at all: worker lost twice, no worker in time */
	struct policy_line on_engine[POLICY_ENGINES];	/* that engine failed or ran out of time */
	struct opt_list header_fields;		/* headers of incoming mail that are removed as forged; NAME* too */
	bool add_headers;			/* X-Sekimori-* on what is delivered */
};
extern const struct opt_table policy_table;
extern const struct conf_base policy_presets;	/* dir is completed by the program */

struct outcome_reason {
	struct str line;		/* the policy line that asked: "on.malware = reject" */
	struct str because;		/* "CLAMAV 100.0 Eicar-Signature" or "encrypted 1.2" */
};

struct outcome {
	bool decided;			/* some class reached its threshold */
	enum class verdict;		/* only when decided; else the message is clean */
	bool complete;
	int64_t score;			/* of the verdict's class, or the highest of all */
	struct action_set act;		/* what happens (observe: accept, nothing modified) */
	struct action_set would;	/* what the policy asks for; equal to act when enforcing */
	bool observe;
	const struct finding_def *decider;	/* the finding behind the intercept; NULL: none alone */
	struct str quote;		/* of that finding */
	bool strip[CLASS_N];		/* the class's line applies and takes out what was found */
	bool failed;			/* no report: act comes from on_fail */
	const struct outcome_reason *reasons;
	size_t n_reasons;
};

/* Of a phase before the message: only the classes that policy lets decide early. */
void policy_decide_early(const struct policy_conf *, const struct report *, struct pool *, struct outcome *out);
void policy_decide(const struct policy_conf *, const struct report *, struct pool *, struct outcome *out);
/* No report could be had; `why` is kept as the reason. */
void policy_failed(const struct policy_conf *, struct str why, struct pool *, struct outcome *out);
/* It is not known whose policy it is: deferred, whatever this one says. `line`: the option that wants it so. */
void policy_deferred(const struct policy_conf *, struct str line, struct str why, struct pool *, struct outcome *out);
/* The line that an entry of report.unscanned leads to. */
const struct action_set *policy_unscanned(const struct policy_conf *, const struct unscanned *);
const char *policy_line_name(enum finding_line);	/* "dmarc_reject", of the key on.dmarc_reject */
const char *outcome_verdict(const struct outcome *);	/* "clean", "malware" ... */

#endif
