/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* docs.h - the parts of the manual that are made from the tables
 *
 * Input    the tables: settings, checks, defects, actions, classes, unscanned reasons
 * Units    as an operator writes them
 * Limits   out->max
 * Memory   appends to the caller's buf
 * Errors   docs_write: false for a part that does not exist
 * Threads  reentrant
 * Source   mdoc(7). `make docs` puts the parts between their markers in man/, `make lint`
 *          compares
 */
#ifndef GATE_DOCS_H
#define GATE_DOCS_H

#include "base/buf.h"
#include "base/str.h"

/* conf, actions, classes: for sekimori.conf(5). checks, defects: for sekimori-checks(7).
 * sample: a configuration with every option as a comment. */
bool docs_write(struct str part, struct buf *out);
const char *docs_part(size_t i);	/* names of the parts, NULL behind the last */

/* Text as mdoc: one sentence a line, nothing in it is a request. */
void docs_text(struct str, struct buf *out);

#endif
