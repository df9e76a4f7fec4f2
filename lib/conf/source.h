/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* source.h - configuration text to lines of key and value, with their places
 *
 * Input    files of the operator; syntax in conf.h
 * Units    line numbers from 1
 * Limits   CONF_BYTES, CONF_INCLUDES, CONF_ERRORS
 * Memory   keys, values and file names live in the pool
 * Errors   collected in conf_errors as `file:line: key: reason`; reading goes on
 * Threads  one owner
 * Source   main.cf of Postfix: a comment has a line of its own, white space continues
 */
#ifndef CONF_SOURCE_H
#define CONF_SOURCE_H

#include "base/buf.h"
#include "base/pool.h"
#include "base/vec.h"
#include "conf/conf.h"

/* Where an error is, and where in `out` it stands. */
struct conf_error_at {
	const char *file;
	size_t line, from, end;
};

struct conf_errors {
	struct buf *out;
	size_t n;
	struct conf_error_at at[CONF_ERRORS];	/* those that are shown */
};

/* line 0: not known; key may be empty. */
void conf_error(struct conf_errors *, const char *file, size_t line, struct str key, struct str reason);
void conf_errorf(struct conf_errors *, const char *file, size_t line, struct str key, const char *fmt, ...)
    PRINTF_LIKE(5, 6);

/* They were found in several passes: put them in the order of files and lines. */
void conf_errors_sort(struct conf_errors *);

struct conf_line {
	struct str key, value;
	const char *file;
	size_t line;
};

struct source {
	struct pool *pool;
	struct conf_errors *errors;
	bool includes;			/* may other files be read? */
	unsigned depth;
	struct vec lines;		/* struct conf_line, in order */
};

/* Does a comment seem to start in this value? Postfix would take it as part of it. */
bool source_has_comment(struct str value);
void source_text(struct source *, const char *file, struct str text);
/* RC_NONE: no such file (no error noted); RC_BAD: noted. */
enum rc source_file(struct source *, const char *path) MUST_CHECK;

#endif
