/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* find_office_in.h - the binary kinds of find_office.h
 *
 * Input    OLE files or what objects in RTF hold; RTF
 * Units    bytes
 * Limits   those of find_office.h; a URL of OFFICE_URL_BYTES
 * Memory   the collector's pool
 * Errors   none
 * Threads  one thread per collector
 * Source   find_office.h
 */
#ifndef LINK_FIND_OFFICE_IN_H
#define LINK_FIND_OFFICE_IN_H

#include "link/link.h"

enum { OFFICE_URL_BYTES = 4096 };

/* URLs as bytes and as UTF-16, wherever they stand. */
void find_office_bytes(struct links *, struct str bytes, size_t part);
void find_office_rtf(struct links *, struct str rtf, size_t part);

#endif
