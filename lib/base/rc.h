/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* rc.h - how a function says that it could not do its work
 *
 * Input    none
 * Units    none
 * Limits   none
 * Memory   none
 * Errors   this is the list
 * Threads  constants only
 * Source   lib/README.md, "Errors"
 */
#ifndef BASE_RC_H
#define BASE_RC_H

enum rc {
	RC_OK,		/* outputs are set, only in this case */
	RC_NONE,	/* no such thing: no record, no header, no file */
	RC_TEMP,	/* try later: timeout, SERVFAIL, worker gone */
	RC_LIMIT,	/* a budget in struct limits is used up */
	RC_BAD		/* somebody's input is wrong; a text says file:line: what */
};

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

#endif
