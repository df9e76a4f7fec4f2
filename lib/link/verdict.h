/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verdict.h - what is thought of a link
 *
 * Input    none
 * Units    none
 * Limits   none
 * Memory   constants
 * Errors   none
 * Threads  constants only
 * Source   none
 */
#ifndef LINK_VERDICT_H
#define LINK_VERDICT_H

enum link_verdict {
	LINK_TRUSTED,		/* own domains, allow lists */
	LINK_CLEAN,		/* asked, nothing known */
	LINK_UNJUDGED,		/* not asked, or no answer */
	LINK_SUSPICIOUS,
	LINK_BAD,
	LINK_VERDICTS
};

#endif
