/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* where.h - the places in which links are found
 *
 * Input    none; rows are in link_where.list
 * Units    bytes
 * Limits   LINK_TEXT_BYTES of the words that a link is shown with
 * Memory   constants
 * Errors   none
 * Threads  constants only
 * Source   find_html.h, find_text.h and their neighbours
 */
#ifndef LINK_WHERE_H
#define LINK_WHERE_H

enum { LINK_TEXT_BYTES = 256 };

enum link_where {
#define LINK_WHERE(id, name, help) LINK_IN_##id,
#include "link/link_where.list"
#undef LINK_WHERE
	LINK_IN_N
};

const char *link_where_name(enum link_where);	/* "href" */
const char *link_where_help(enum link_where);

#endif
