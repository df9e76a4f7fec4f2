/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* files.h - the files that values of the configuration name, as a part of the snapshot
 *
 * Input    files of the operator, such as the list of sender groups
 * Units    none
 * Limits   CONF_FILES_BYTES of one file and of all together, no NUL bytes
 * Memory   texts live in the snapshot; a child gets them with conf_pass and reads no file
 * Errors   conf_files_text: false, and it is noted: at the line that names the file
 * Threads  one owner, while the snapshot is made
 * Source   conf.h: whoever reads the snapshot sees files of the moment it was made
 */
#ifndef CONF_FILES_H
#define CONF_FILES_H

#include <stdbool.h>

#include "conf/source.h"

struct conf_file {
	struct str path, text;
};

struct conf_files {
	struct conf *conf;
	struct conf_errors *errors;	/* what is wrong inside a file goes here, too */
	const char *name;		/* of the operator's text, for keys without a line */
	bool may_read;			/* false: only what was given */
};

/* The content of the file that the value of `key` names. False: there is none to be had. */
bool conf_files_text(struct conf_files *, struct str key, struct str path, struct str *text);
/* The same of a file that need not be there: then there is no error. */
bool conf_files_try(struct conf_files *, struct str key, struct str path, struct str *text);
void conf_files_add(struct conf_files *, struct str path, struct str text);
/* Where what is made of the texts lives: as long as the snapshot. */
struct pool *conf_files_pool(const struct conf_files *);

#endif
