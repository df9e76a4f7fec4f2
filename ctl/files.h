/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* files.h - which messages the operator means: files, folders, stdin
 *
 * Input    words of the command line; folders with names of any bytes
 * Units    levels of folders
 * Limits   FILES_DEPTH levels; what lies deeper is said and left out
 * Memory   the list is the caller's until files_clear
 * Errors   what cannot be read is said on stderr and counted in `errors`
 * Threads  one
 * Source   fts(3): iterative, sorted by name, symbolic links only followed on the command line
 */
#ifndef CTL_FILES_H
#define CTL_FILES_H

#include <stdbool.h>
#include <stddef.h>

enum { FILES_DEPTH = 100 };

struct files {
	char **path;		/* "-" is stdin */
	size_t n, cap;
	size_t errors;
};

void files_add(struct files *, const char *word);
void files_clear(struct files *);

#endif
