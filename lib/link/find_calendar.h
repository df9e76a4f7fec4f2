/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* find_calendar.h - the links of an appointment (iCalendar) or a visiting card (vCard)
 *
 * Input    UTF-8 text of content lines; any bytes
 * Units    bytes
 * Limits   a line of CALENDAR_LINE bytes, unfolded; linear
 * Memory   the collector's pool
 * Errors   none
 * Threads  one thread per collector
 * Source   RFC 5545 3.1 to 3.3, RFC 7986 (CONFERENCE, IMAGE), RFC 9073 (STYLED-DESCRIPTION), RFC 6350;
 *          [MS-OXCICAL] X-ALT-DESC; vCard 2.1 (quoted-printable values)
 */
#ifndef LINK_FIND_CALENDAR_H
#define LINK_FIND_CALENDAR_H

#include "link/link.h"

enum { CALENDAR_LINE = 4 * 1024 * 1024 };

/* where: LINK_IN_CALENDAR or LINK_IN_CONTACT. */
void find_calendar(struct links *, struct str text, size_t part, enum link_where where);

#endif
