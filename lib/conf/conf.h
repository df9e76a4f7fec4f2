/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* conf.h - read the configuration, report everything that is wrong with it
 *
 * Input    text of `key = value` lines as in Postfix's main.cf: # comments, a line
 *          that starts with white space continues the one before, `include = FILE`
 *          reads another file (relative to the including one; a pattern such as
 *          conf.d/ *.conf is expanded in sorted order). In paths, lists and texts
 *          `$key` stands for the value of that key, `$$` for one $; words of lists may
 *          stand in double quotes
 * Units    see opt.h
 * Limits   CONF_BYTES per file, CONF_FILES_BYTES of the files that values name, CONF_INCLUDES nested
 *          includes, CONF_ERRORS messages
 * Memory   everything lives in the snapshot; conf_put frees it with the last holder.
 *          Pointers from conf_values live as long as the snapshot
 * Errors   RC_BAD with every error, one line each: `file:line: key: reason`, unknown
 *          keys with the nearest known one. Nothing is applied then
 * Threads  a snapshot never changes; conf_get and conf_put are atomic
 * Source   own syntax (libconfuse stops at the first error, so it could not serve)
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/buf.h"
#include "base/rc.h"
#include "conf/opt.h"

enum { CONF_BYTES = 1024 * 1024, CONF_FILES_BYTES = 4 * 1024 * 1024, CONF_INCLUDES = 8, CONF_ERRORS = 100 };

struct conf;
struct vec;

/* A default that only the running program knows, in place of the row's own. */
struct conf_default {
	const char *key, *value;	/* key NULL ends a list */
};

/* What lies below the operator's own lines. `key`: its value names a file of further
 * defaults, `preset = recommended` reads DIR/recommended.conf; NULL: none. Children that
 * get the text of conf_dump give an empty conf_base: everything is in that text. */
struct conf_base {
	const char *key, *dir;
	const struct conf_default *defaults;	/* or NULL */
	const struct conf_default *fixed;	/* texts as conf_show has them that hold whatever the lines say, or NULL */
	bool files;				/* read the files that values name; else only `given` are there */
	const struct vec *given;		/* struct conf_file, or NULL */
};

/* Read `path` (NULL: defaults only). `tables` ends with NULL and must outlive the snapshot.
 * `errors` receives the messages when RC_BAD is returned. */
enum rc conf_load(const char *path, const struct opt_table *const *tables,
    struct conf_base, struct conf **out, struct buf *errors) MUST_CHECK;
/* The same from text; `name` stands in for the file name. Reads no file but the base. */
enum rc conf_parse(struct str text, const char *name, const struct opt_table *const *tables,
    struct conf_base, struct conf **out, struct buf *errors) MUST_CHECK;

struct conf *conf_get(struct conf *);			/* one more holder */
void conf_put(struct conf **);

/* The struct that `table` describes, filled. Never NULL for a table of the snapshot. */
const void *conf_values(const struct conf *, const struct opt_table *table);

/* Every key with its effective value, as a file that conf_parse reads back to the
 * same snapshot with an empty base: `configdump`, and how children get the
 * configuration. changed_only leaves out what equals the default; origin puts
 * `# file:line` on a line before each value that was set. */
void conf_dump(const struct conf *, bool changed_only, bool origin, struct buf *out);

/* The same, and the files that values name, in a memory file for a child (the caller's to close);
 * and what the child does with it. */
enum rc conf_pass(const struct conf *, int *fd) MUST_CHECK;
enum rc conf_take(int fd, const struct opt_table *const *tables, struct conf **out, struct buf *errors) MUST_CHECK;

/* The text of one key as conf_dump prints it, and where it was set ("" for a default).
 * False: no such key. */
bool conf_show(const struct conf *, struct str key, struct buf *value, struct buf *origin);

/* The files that its values name and that are a part of it. */
struct opt_list conf_file_names(const struct conf *, struct pool *);

/* Options marked `restart` whose values are not the same in both (snapshots of the same tables),
 * one key a line. */
void conf_needs_restart(const struct conf *running, const struct conf *next, struct buf *keys);

/* The known key nearest to `key`, or NULL when none is near. */
const char *conf_suggest(const struct opt_table *const *tables, struct str key, struct buf *space);

#endif
