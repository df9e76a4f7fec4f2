/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* find_css.h - url() and @import of a style sheet or a style attribute
 *
 * Input    CSS, any bytes; with `attr` its quotes may be character references
 * Units    bytes
 * Limits   none: one pass
 * Memory   slices of the input
 * Errors   none
 * Threads  reentrant
 * Source   CSS Syntax Level 3, 4.3.6 (url token) and 4.3.7 (escapes); CSS Cascade 3, @import
 */
#ifndef LINK_FIND_CSS_H
#define LINK_FIND_CSS_H

#include "base/buf.h"

/* Cut the next URL off *rest, as it is written. False: there is none. */
bool find_css_next(struct str *rest, bool attr, struct str *url);
/* Its escapes resolved. */
void find_css_unescape(struct str in, struct buf *out);

#endif
