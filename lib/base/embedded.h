/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* embedded.h - the files that are part of the program
 *
 * Input    web/text, web/static and the compiled po/, at build time
 * Units    bytes
 * Limits   none
 * Memory   constants
 * Errors   embedded_find: STR_NONE
 * Threads  constants only
 * Source   web/embed writes the table
 */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include "base/str.h"

struct embedded {
	const char *name;		/* "page.html", "ja.mo"; NULL ends the table */
	const char *bytes;
	uint64_t n;
};
extern const struct embedded lang_files[];	/* of po/ */

struct str embedded_find(const struct embedded *table, const char *name);

#endif
