/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* class.h - what kind of bad a finding speaks of
 *
 * Input    none
 * Units    none
 * Limits   none
 * Memory   constants
 * Errors   class_parse returns false for an unknown word
 * Threads  constants only
 * Source   lib/README.md, "Words". The order is the order of severity: the first class
 *          whose score reaches its threshold is the verdict. info never decides
 */
#ifndef SCAN_CLASS_H
#define SCAN_CLASS_H

#include <stdbool.h>

#include "base/str.h"

enum class {
	CLASS_MALWARE,		/* code that does harm */
	CLASS_PHISHING,		/* steals credentials or money by a link or a form */
	CLASS_BEC,		/* fraud without malware */
	CLASS_CAMPAIGN,		/* part of an outbreak */
	CLASS_CONTENT,		/* forbidden by the site: names, types, sizes */
	CLASS_BLOCKED,		/* the operator does not want this sender */
	CLASS_RECIPIENT,	/* for nobody here, or guessing who is */
	CLASS_FLOW,		/* more than its share, or too early */
	CLASS_AUTH,		/* not who it says it is */
	CLASS_REPUTATION,	/* sent from where bad mail comes from */
	CLASS_SPAM,		/* unwanted */
	CLASS_BULK,		/* newsletters */
	CLASS_INFO,		/* worth recording only */
	CLASS_N
};

const char *class_name(enum class);		/* "malware" */
const char *class_help(enum class);		/* one sentence for the manual */
bool class_parse(struct str, enum class *);

#endif
