/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* choose.h - a word of the operator that must be one of a few
 *
 * Input    the word; the names by number
 * Units    none
 * Limits   none
 * Memory   appends to the caller's buf
 * Errors   false: it is none of them, and `why` names them all and the nearest
 * Threads  any
 * Source   conf/suggest.h
 */
#ifndef CTL_CHOOSE_H
#define CTL_CHOOSE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/* name(i): NULL behind the last one. what: "--kind". */
bool choose(const char *what, struct str word, const char *(*name)(int i), int *out, struct buf *why);

const char *choose_kind(int i);		/* of quarantines */
const char *choose_state(int i);	/* of entries in the quarantine */
const char *choose_outcome(int i);
const char *choose_verdict(int i);	/* classes, and "clean" and "none" */

#endif
