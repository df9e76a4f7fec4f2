/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* overlay.h - a snapshot that differs from another in a few keys
 *
 * Input    lines of the operator
 * Units    none
 * Limits   those of the options
 * Memory   the overlay lives in the snapshot it lies over, and is never put
 * Errors   noted, at their lines; a line with an error says nothing
 * Threads  one owner, while the snapshot is made; then it never changes
 * Source   whoever takes a struct conf takes an overlay: conf_values gives the values that hold in it. Values that
 *          name files and $keys are not possible
 */
#ifndef CONF_OVERLAY_H
#define CONF_OVERLAY_H

#include "conf/files.h"

/* Which keys may be set. */
struct overlay_keys {
	const struct opt_table *const *tables;	/* ended by NULL; must be loaded before */
	const char *const *except;		/* keys of theirs that may not; ended by NULL */
};

struct conf *overlay_new(struct conf_files *);
void overlay_lines(struct conf_files *, struct conf *overlay, const struct overlay_keys *, const struct source *);

#endif
