/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* find_header.h - the links in the header of a part
 *
 * Input    a part of a message
 * Units    bytes
 * Limits   those of the header (mime.h) and of the text finder
 * Memory   the collector's pool
 * Errors   none
 * Threads  one thread per collector
 * Source   RFC 2369 and RFC 8058 (List-*), RFC 5064 (Archived-At), RFC 2017 and RFC 2046 5.2.3 (external-body),
 *          RFC 2557 (Content-Base, Content-Location)
 */
#ifndef LINK_FIND_HEADER_H
#define LINK_FIND_HEADER_H

#include "link/link.h"
#include "message/mime.h"

/* Subject, List-* and Archived-At of a message; what an external body is fetched from. */
void find_header(struct links *, const struct message *, size_t part);

/* What relative links of this part hang on: its own Content-Base or Content-Location, or those of
 * the parts around it. False: nothing. */
bool find_header_base(struct pool *, const struct message *, size_t part, struct url *out);

#endif
