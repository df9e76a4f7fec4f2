/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* find_pdf.h - the links in the objects of a PDF document
 *
 * Input    the file, or one of its streams without its filter; any bytes
 * Units    bytes
 * Limits   strings of PDF_STRING_BYTES. Linear
 * Memory   the collector's pool
 * Errors   none
 * Threads  one thread per collector
 * Source   ISO 32000-1, 7.3.4 (strings), 12.6.4 (actions: URI, Launch, GoToR, SubmitForm, JavaScript)
 */
#ifndef LINK_FIND_PDF_H
#define LINK_FIND_PDF_H

#include "link/link.h"

enum { PDF_STRING_BYTES = 64 * 1024 };

void find_pdf(struct links *, struct str bytes, size_t part);

#endif
