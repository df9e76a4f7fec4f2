/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* yara.h - libyara with rules that know they look at mail
 *
 * Input    rule files of the operator; hostile content
 * Units    scores in tenths, times in microseconds
 * Limits   lim->yara_ms per scan (libyara counts whole seconds)
 * Memory   compiled rules are shared by the workers; one scanner per worker
 * Errors   yara_open: a file that does not compile is left out, its `file:line: reason`
 *          is added to errors, and the others serve; RC_BAD only when none is left of
 *          some. yara_scan: RC_TEMP timeout, RC_LIMIT too many matches, RC_BAD engine error
 * Threads  none
 * Source   libyara 4.2 C API; the meta keys and externals are in sekimori-rules(5)
 */
#ifndef ENGINE_YARA_H
#define ENGINE_YARA_H

#include "conf/opt.h"
#include "scan/scan.h"

struct yara;

/* What rules can ask about the bytes they are given: externals part_* and mail_*. */
enum yara_scope { YARA_FILE, YARA_TEXT, YARA_HTML, YARA_LINKS, YARA_HEADERS, YARA_MESSAGE, YARA_SCOPES };

struct yara_subject {
	enum yara_scope scope;
	struct str content;
	struct str part_name, part_type, part_id;
};

/* The externals that stay the same for one message. */
struct yara_mail {
	struct str from, from_domain, reply_to_domain, subject, envelope_from, client_addr, auth_dmarc;
};

struct yara_match {
	struct str rule, file;		/* rule name; the file it came from (its namespace) */
	struct str description;
	struct str strings;		/* "$a at 12, $b at 40": what matched where, cut short */
	enum class class;
	int score;
};

struct yara_rule_stat {
	struct str rule, file, description;
	enum class class;
	int score;
	uint64_t hits, us;
};

enum rc yara_open(struct opt_list paths, struct opt_list modules, struct log_ctx, struct yara **out,
    struct buf *errors) MUST_CHECK;
void yara_close(struct yara **);
enum rc yara_start(struct yara *, const struct limits *) MUST_CHECK;	/* in the worker */
uint64_t yara_rules(const struct yara *);
uint64_t yara_files(const struct yara *);

void yara_mail(struct yara *, const struct yara_mail *);
enum rc yara_scan(struct yara *, const struct yara_subject *,
    void (*hit)(void *arg, const struct yara_match *), void *arg) MUST_CHECK;

/* Compile one file and say everything that is wrong with it (also missing meta). */
enum rc yara_lint(const char *path, struct opt_list modules, struct buf *errors) MUST_CHECK;
/* Accounts of every rule since yara_start; in the pool. */
size_t yara_stats(const struct yara *, struct pool *, const struct yara_rule_stat **);

const char *yara_scope_name(enum yara_scope);	/* "file" */

#endif
