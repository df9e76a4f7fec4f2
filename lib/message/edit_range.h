/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* edit_range.h - bytes of a text that are replaced by others
 *
 * Input    ranges in the order of the text; they do not overlap
 * Units    offsets and lengths in bytes
 * Limits   out->max
 * Memory   ranges borrow what they put in
 * Errors   edit_ranges_fit says whether they are in order and within the text
 * Threads  reentrant
 * Source   none
 */
#ifndef MESSAGE_EDIT_RANGE_H
#define MESSAGE_EDIT_RANGE_H

#include "base/buf.h"
#include "base/vec.h"

struct edit_range {
	size_t at, n;		/* n 0: put in before `at` */
	struct str with;
};

/* Each is a vec of struct edit_range. */
bool edit_ranges_fit(const struct vec *, size_t size);
void edit_ranges_apply(struct str in, const struct vec *, struct buf *out);

#endif
