/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* defect.h - the ways in which a message can be malformed, as bits
 *
 * Input    none; rows are in defect.list
 * Units    none
 * Limits   64 defects
 * Memory   constants
 * Errors   none: a defect is data, parsers go on with their best reading
 * Threads  constants only
 * Source   RFC 5322, 2045-2047, 2231; the ambiguity classes of "Inbox Invasion" (CCS 2024)
 */
#ifndef MESSAGE_DEFECT_H
#define MESSAGE_DEFECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum defect {
#define DEFECT(name, ambiguous, help) DEFECT_##name,
#include "message/defect.list"
#undef DEFECT
	DEFECT_N
};

#define DEFECT_BIT(name) (UINT64_C(1) << DEFECT_##name)

/* All defects whose rows say ambiguous. */
extern const uint64_t defect_ambiguous;

const char *defect_name(enum defect);		/* "DUPLICATE_BOUNDARY" */
const char *defect_help(enum defect);

#endif
