/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* shown.h - where the words of a link say that it leads
 *
 * Input    a link as it was found
 * Units    none
 * Limits   LINK_TEXT_BYTES of words
 * Memory   pool
 * Errors   none
 * Threads  reentrant
 * Source   none: words that are a host, or a URL, as a whole. A file name (report.pdf) is none
 */
#ifndef LINK_SHOWN_H
#define LINK_SHOWN_H

#include "link/link.h"

/* The host that is shown, when it belongs to another than the one that the link leads to, wrapped or not; else empty. */
struct str shown_elsewhere(struct pool *, const struct link *);

#endif
