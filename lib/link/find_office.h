/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* find_office.h - the links of Office documents
 *
 * Input    a member of an OOXML or OpenDocument file; an OLE file (.doc, .xls, .ppt, .msg); RTF; any bytes
 * Units    bytes
 * Limits   OFFICE_TEXT_BYTES of text of one member; lim->html_tags. Linear
 * Memory   the collector's pool
 * Errors   none
 * Threads  one thread per collector
 * Source   ECMA-376 part 2, 9.3 (relationships), part 1, 17.16 (fields); ODF 1.3, 19 (xlink); [MS-DOC],
 *          [MS-OSHARED] 2.3.7.1 (hyperlinks as UTF-16 or bytes); RTF 1.9.1
 */
#ifndef LINK_FIND_OFFICE_H
#define LINK_FIND_OFFICE_H

#include "link/link.h"

enum { OFFICE_TEXT_BYTES = 4 * 1024 * 1024, OFFICE_BYTES = 64 * 1024 * 1024 };

enum office_kind { OFFICE_NO, OFFICE_XML, OFFICE_OLE, OFFICE_RTF };

/* By content, whatever it is called. */
enum office_kind office_kind(struct str content);
void find_office(struct links *, enum office_kind, struct str content, size_t part);

#endif
