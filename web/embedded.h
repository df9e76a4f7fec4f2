/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* embedded.h - the files that are part of the program
 *
 * Input    web/text, web/static and the compiled web/po, at build time
 * Units    bytes
 * Limits   none
 * Memory   constants
 * Errors   embedded_find: STR_NONE
 * Threads  constants only
 * Source   web/embed writes the table
 */
#ifndef WEB_EMBEDDED_H
#define WEB_EMBEDDED_H

#include "base/str.h"

struct embedded {
	const char *name;		/* "page.html", "ja.mo"; NULL ends the table */
	const char *bytes;
	uint64_t n;
};
extern const struct embedded embedded[];

struct str embedded_find(const char *name);

#endif
