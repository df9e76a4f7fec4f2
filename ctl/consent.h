/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* consent.h - ask before much is done at once
 *
 * Input    a line of the terminal
 * Units    none
 * Limits   none
 * Memory   none kept
 * Errors   without a terminal nobody can be asked: --yes must have been said
 * Threads  one
 * Source   none
 */
#ifndef CTL_CONSENT_H
#define CTL_CONSENT_H

#include <stdbool.h>

/* "Delete 12 mails"; 0: go on. EX_USAGE: nobody could be asked; EX_TEMPFAIL: the answer was no. */
int consent(const char *deed, bool yes);

#endif
