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
 * Source   libyara 4.2 C API; for authors: sekimori-rules(5)
 *
 * Meta keys of a rule:
 *	class		a word of scan/class.h; without it "malware", and the rule counts as
 *			written for something else: its score is YARA_SCORE_DEFAULT whatever
 *			its own `score` says (others count up to 100)
 *	score		points, 0 to 1000, at most one decimal: "7.5" or 7. Default 10
 *	scope		one or several of the scopes below, separated by commas or blanks;
 *			default "file". A match counts only in these
 *	description	one sentence, shown with the finding
 *
 * Externals, all text, "" when there is none:
 *	part_name	file name of the part or layer		part_type	media type by content
 *	part_scope	one of the scopes			part_id		"1.2/inner.zip/run.exe"
 *	mail_from	From as text			mail_from_domain	its domain, lower case
 *	mail_reply_to_domain	domain of Reply-To		mail_subject	Subject, decoded
 *	mail_envelope_from	MAIL FROM without < >		mail_client_addr	IP address
 *	mail_auth_dmarc	"pass", "fail", "none" or ""
 * and, for rules of others: filename and filepath (as part_name), extension (".exe"),
 * filetype (as part_type), owner ("").
 */
#ifndef ENGINE_YARA_H
#define ENGINE_YARA_H

#include "conf/opt.h"
#include "scan/scan.h"

enum { YARA_SCORE_DEFAULT = 100, YARA_SCORE_MAX = 10000 };

struct yara;

/* What rules can ask about the bytes they are given.
 *	file	every decoded part and every layer inside one, as it is; and the source of the
 *		macros of a document, all modules together, under the name of the document
 *	text	the visible text of a text or HTML part, UTF-8
 *	html	the markup of an HTML part, UTF-8
 *	links	every link of the message, one a line
 *	headers	the header of the message, as it is
 *	message	the whole message, as it is */
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
	uint64_t hits;
	uint64_t us;		/* estimated: see yara_clock.c */
};

extern const char *const yara_extensions[];

enum rc yara_open(struct opt_list paths, struct opt_list modules, struct log_ctx, struct yara **out,
    struct buf *errors) MUST_CHECK;
void yara_close(struct yara **);
enum rc yara_start(struct yara *, const struct limits *) MUST_CHECK;	/* in the worker */
const char *yara_version(void);
uint64_t yara_rules(const struct yara *);
uint64_t yara_files(const struct yara *);
uint64_t yara_refused(const struct yara *);	/* files that were left out */
/* Is there a rule that looks at this scope at all? */
bool yara_wants(const struct yara *, enum yara_scope);

void yara_mail(struct yara *, const struct yara_mail *);
enum rc yara_scan(struct yara *, const struct yara_subject *,
    void (*hit)(void *arg, const struct yara_match *), void *arg) MUST_CHECK;

/* Compile one file and say everything that is wrong with it, one line each (also missing
 * meta). RC_BAD: it would not be used; RC_OK: it would, lines that start behind the line
 * number with "warning:" may have been added. */
enum rc yara_lint(const char *path, struct opt_list modules, struct buf *errors) MUST_CHECK;
/* Accounts of every rule since yara_start; in the pool. */
size_t yara_stats(const struct yara *, struct pool *, const struct yara_rule_stat **);

const char *yara_scope_name(enum yara_scope);	/* "file" */

#endif
