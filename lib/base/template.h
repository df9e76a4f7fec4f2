/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* template.h - put values into a text with marks
 *
 * Input    a text of the operator: {{name}} is the value, {{#name}}...{{/name}} stays when there is a value,
 *          {{^name}}...{{/name}} when there is none. Values may be hostile
 * Units    none
 * Limits   TEMPLATE_NEST sections in each other, the room of `out`
 * Memory   none kept
 * Errors   template_try: RC_BAD with line and reason; template_put wants a text that passed it
 * Threads  reentrant
 * Source   own form, a small part of what mustache templates have. Values are always escaped for
 *          HTML: there is no mark to put one in as it is
 */
#ifndef BASE_TEMPLATE_H
#define BASE_TEMPLATE_H

#include "base/buf.h"
#include "base/rc.h"

enum { TEMPLATE_NEST = 8 };

struct template_value {
	const char *name;		/* NULL ends a list */
	struct str value;
};

enum rc template_try(struct str text, struct buf *why) MUST_CHECK;
void template_put(struct str text, const struct template_value *values, struct buf *out);
/* For HTML text and attributes in quotes; control characters become U+FFFD. */
void template_escape(struct str in, struct buf *out);

#endif
