/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* opt.h - what an option is: one row in its owner's table
 *
 * Input    none; tables are constants
 * Units    OPT_MSEC milliseconds ("3s", "500ms", "2m"), OPT_SIZE bytes ("25M"),
 *          OPT_SCORE tenths of a point ("2.5")
 * Limits   min and max of the row, in the unit of the type
 * Memory   values are written into the owner's struct at `offset`
 * Errors   none here; conf.h reports them
 * Threads  constants only
 * Source   validation, sekimori.conf.5, the sample configuration and configdump are
 *          all made from these rows
 */
#ifndef CONF_OPT_H
#define CONF_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/pool.h"
#include "base/str.h"

enum opt_type {
	OPT_BOOL,	/* bool: yes or no */
	OPT_INT,	/* int64_t */
	OPT_SIZE,	/* int64_t, bytes */
	OPT_MSEC,	/* int64_t, milliseconds */
	OPT_SCORE,	/* int64_t, tenths */
	OPT_ENUM,	/* int: index into `words` */
	OPT_TEXT,	/* struct str */
	OPT_PATH,	/* struct str: absolute path, or empty */
	OPT_LIST,	/* struct opt_list: words separated by commas or white space, or in "quotes" */
	OPT_CUSTOM	/* whatever `parse` makes of it */
};

struct opt_list {
	const struct str *item;
	size_t n;
};

struct opt {
	const char *name;		/* key below the table's prefix */
	enum opt_type type;
	size_t offset;			/* in the owner's struct */
	const char *def;		/* default as the operator would write it */
	int64_t min, max;		/* bounds, of the length for text and paths; both 0 for none */
	const char *const *words;	/* OPT_ENUM: the values, NULL-terminated */
	/* OPT_CUSTOM, and other types that are read more strictly: store `value` at `field`, in
	 * the form of the type; on RC_BAD `why` says what is wrong. */
	enum rc (*parse)(struct pool *, struct str value, void *field, struct buf *why);
	bool preset;			/* presets set it; def serves only where none is read */
	bool restart;			/* only a restart applies it; all others follow a reload */
	const char *value_help;		/* for the manual when the type does not say it: "actions" */
	const char *help;		/* one or more full sentences for the manual */
};

struct conf_files;

struct opt_table {
	const char *prefix;		/* "check.ptr." or "" */
	const char *title;		/* heading in the manual */
	size_t size;			/* of the owner's struct */
	const struct opt *opts;		/* ends with a row without name */
	/* Look at the finished struct as a whole; NULL or RC_BAD with `why`. */
	enum rc (*check)(const void *values, struct buf *why);
	/* Take the files that the values name into the struct, by conf/files.h; or NULL. A value that
	 * could not be read is zero here. */
	void (*load)(struct conf_files *, void *values);
};

#define OPT_END { .name = NULL }

#endif
