/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* log.h - one line per event: `id event key=value ...`
 *
 * Input    an event word and key=value pairs; values may hold hostile bytes
 * Units    none
 * Limits   a value is cut at LOG_VALUE_MAX bytes; a field that would make the line longer
 *          than LOG_LINE_MAX is left out
 * Memory   none kept; lines are built on the stack
 * Errors   none: a line that cannot be written is dropped
 * Threads  reentrant; `write` is called from any thread, one call per line
 * Source   lib/README.md, "Log". Levels: err = operator must act, warning =
 *          degraded, info = one line per message, debug = off by default
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

#include "base/rc.h"
#include "base/str.h"

enum log_level { LOG_LEVEL_ERR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };
enum { LOG_LINE_MAX = 4096, LOG_VALUE_MAX = 512, LOG_LINES = 100 };

/* Where lines go. The program fills this in (stderr, syslog, a test). */
struct log {
	void (*write)(void *arg, enum log_level, const char *line, size_t n);
	void *arg;
	enum log_level level;		/* lines above it are not built at all */
	enum log_format format;
};

/* Log context: whose event it is. id is the queue id or "-"; borrowed. */
struct log_ctx {
	const struct log *log;
	const char *id;
};

/* One pair; made by the constructors below, a list ends with LOG_END. */
struct log_field {
	const char *key;		/* NULL ends the list */
	struct str text;
	int64_t number;
	enum { LOG_TEXT, LOG_NUMBER, LOG_TENTHS } kind;
};

#define LOG_STR(k, s) ((struct log_field){ .key = (k), .text = (s), .kind = LOG_TEXT })
#define LOG_CSTR(k, s) LOG_STR(k, str_of(s))
#define LOG_NUM(k, v) ((struct log_field){ .key = (k), .number = (int64_t)(v), .kind = LOG_NUMBER })
#define LOG_SCORE(k, v) ((struct log_field){ .key = (k), .number = (v), .kind = LOG_TENTHS })
#define LOG_END ((struct log_field){ .key = NULL })

/* Write one event. fields ends with LOG_END. */
void log_event(struct log_ctx, enum log_level, const char *event, const struct log_field *fields);

/* The same with the fields in the call: log_put(lc, LOG_LEVEL_INFO, "verdict", LOG_NUM("ms", 3)) */
#define log_put(lc, level, event, ...) \
	log_event(lc, level, event, (const struct log_field[]){ __VA_ARGS__, LOG_END })

/* A text of several lines, such as a list of errors: one event for each, LOG_LINES at most. */
void log_lines(struct log_ctx, enum log_level, const char *event, const char *key, struct str text);

const char *log_level_name(enum log_level);

#endif
