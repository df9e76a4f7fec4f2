/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* engine.h - all scan engines as one: load once, fork, inspect messages
 *
 * Input    options engine.*; signature databases and rule files of the operator; then
 *          hostile content
 * Units    milliseconds
 * Limits   lim->clamav_ms, yara_ms, unpack_*, layers
 * Memory   engine_open's result is shared by all workers after fork (copy on write)
 * Errors   engine_open: RC_BAD with one line per broken file (file:line: reason).
 *          engine_inspect: never fails; what was not looked at is reported unscanned
 * Threads  none: the zygote and each worker are single-threaded
 * Source   lib/README.md, "Engines"
 *
 * Life: the zygote calls engine_open before it forks; each worker calls engine_start
 * with its own temp folder once its sandbox is closed, then engine_canary, then
 * engine_inspect for each message.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "conf/conf.h"
#include "message/mime.h"
#include "scan/scan.h"

struct engine_conf {
	bool clamav;				/* engine.clamav */
	struct opt_list clamav_databases;	/* folders and files, later ones add */
	bool clamav_official;			/* the official databases are expected */
	bool yara;				/* engine.yara */
	struct opt_list yara_rules;		/* folders and files */
	struct opt_list yara_modules;		/* allowed imports */
	bool unpack;				/* libarchive for what ClamAV does not open */
	int64_t clean_cache;			/* clean results one worker remembers */
	bool huge_pages;			/* what was loaded goes into large pages */
};
extern const struct opt_table engine_table;

struct engine;

/* What is loaded, for status and logs. Text lives as long as the engine. */
struct engine_info {
	struct str clamav_version, clamav_databases;	/* "1.4.6", "rules/clamav 3 files, 12 signatures" */
	uint64_t clamav_signatures;
	bool clamav_official;		/* an official database is among them */
	struct str yara_version;
	uint64_t yara_rules, yara_files;
	uint64_t yara_refused;		/* files that do not compile and were left out */
	struct str fingerprint;		/* changes whenever any database or rule file changes */
};

enum rc engine_open(const struct conf *, const struct limits *, struct log_ctx, struct engine **out,
    struct buf *errors) MUST_CHECK;
void engine_close(struct engine **);
const struct engine_info *engine_info(const struct engine *);

/* In the worker. Also has the C library keep freed memory, up to 16 MB. */
enum rc engine_start(struct engine *, const char *tmp_dir) MUST_CHECK;

/* Scan known-bad samples through every engine that is on; RC_BAD with `why` when one is
 * not found. Until it passed, nothing may be called clean. */
enum rc engine_canary(struct engine *, struct buf *why) MUST_CHECK;

/* Look at every part, view and layer of scan->msg. Adds parts, unscanned and defects to the
 * report; hits and texts to the scan, for the checks to judge. */
void engine_inspect(struct engine *, struct scan *, struct report *);

/* Accounts of every YARA rule since engine_start; in the pool. None when YARA is off. */
struct yara_rule_stat;
size_t engine_rule_stats(const struct engine *, struct pool *, const struct yara_rule_stat **);

/* Changes of any database or rule file since engine_open (by size, mtime and inode)? */
bool engine_stale(const struct conf *, struct str fingerprint);
/* The fingerprint the files have now. */
struct str engine_fingerprint(const struct conf *, struct pool *);

#endif
