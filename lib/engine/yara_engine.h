/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* yara_engine.h - what the files of yara.h share
 *
 * Input    none
 * Units    microseconds
 * Limits   YARA_EXTERNAL bytes of an external's value
 * Memory   yara_open allocates, yara_close frees
 * Errors   none
 * Threads  none
 * Source   none
 */
#ifndef ENGINE_YARA_ENGINE_H
#define ENGINE_YARA_ENGINE_H

#include <yara.h>

#include "engine/yara.h"

enum { YARA_EXTERNAL = 4096 };

/* What we know of a rule beside libyara; same index as in libyara's table. */
struct yara_rule {
	struct str name, file, description;
	enum class class;
	int score;
	unsigned scopes;		/* bit 1 << enum yara_scope */
	bool private;			/* a part of other rules: never reported, not listed */
	uint64_t hits;
	int64_t cost_us;		/* of all samples together; see yara_clock.c */
	uint64_t samples;
};

struct yara {
	YR_RULES *rules;
	YR_SCANNER *scanner;		/* in a worker */
	struct pool *pool;
	struct yara_rule *rule;
	size_t n_rules, n_files, n_refused;
	unsigned scopes;		/* of all rules together */
	uint64_t scans;			/* since yara_start */
	size_t next_sample;		/* the rule that is timed next */
	int timeout_sec;
	/* of the scan at work */
	enum yara_scope scope;
	void (*hit)(void *arg, const struct yara_match *);
	void *hit_arg;
	bool too_many;
	bool silent;			/* a scan for the clock: no hits */
};

extern const char *const yara_externals[];	/* ended by NULL */

/* Compile files[0..n) that are not in `skip` into one set; errors get `file:line: reason`.
 * NULL when any does not compile, or imports what is not allowed. */
YR_RULES *yara_compile(const char *const *paths, size_t n, const bool *skip, struct opt_list modules,
    struct buf *errors, struct buf *warnings);

/* Fill in what the meta of a rule says. False: it says something impossible, `why` tells. */
bool yara_meta(struct pool *, const YR_RULE *, struct yara_rule *out, struct buf *why);

/* 1-based line on which a rule of that name begins, or 0. */
size_t yara_line_of(struct str text, const char *word, struct str name);

/* Time one rule on this content when it is its turn. */
void yara_clock(struct yara *, struct str content);

#endif
