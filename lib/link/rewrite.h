/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* rewrite.h - what can be done with a link where it stands
 *
 * Input    the finders' URLs; what is to be done with each of them
 * Units    bytes
 * Limits   REWRITE_URL for a URL that is put in
 * Memory   constants; in the given pool
 * Errors   none
 * Threads  reentrant
 * Source   none
 *
 * Words that people see stay as they are but for REWRITE_TEXT; REWRITE_DEFANG adds to them. A bare
 * URL in text is both words and link: to unlink it is to defang it.
 */
#ifndef LINK_REWRITE_H
#define LINK_REWRITE_H

#include "base/limits.h"
#include "link/find_html.h"
#include "message/edit_range.h"

enum { REWRITE_URL = 32768 };

enum rewrite_action {
	REWRITE_LEAVE,
	REWRITE_DEFANG,		/* no link any more, but its URL can be read: hxxp://bad[.]example/ */
	REWRITE_TEXT,		/* link and words give way to a text */
	REWRITE_UNLINK,		/* the link goes, its words stay */
	REWRITE_TO,		/* leads somewhere else: to the click gate, or back to where it led */
	REWRITE_N
};

const char *rewrite_name(enum rewrite_action);		/* "leave", "rewrite": the words of the options */
const char *rewrite_help(enum rewrite_action);

struct rewrite_row {
	struct str url;		/* canonical, as it stands in the message */
	enum rewrite_action action;
	struct str with;	/* REWRITE_TO: where it leads now */
};

/* What is to be done with a URL as it stands there; base: of the document, or empty. NULL: nothing. */
typedef const struct rewrite_row *rewrite_find_fn(void *arg, struct str url, struct str base);

struct rewrite_how {
	rewrite_find_fn *find;
	void *arg;
	struct str base;	/* what relative links of HTML hang on that has no base of its own; may be empty */
	struct str words;	/* in place of a link, UTF-8 */
	bool ascii;		/* the text is in a charset that may not have those words */
	bool joins_lines;	/* of text: format=flowed; DelSp=yes */
};

struct rewrite_done {
	size_t changed;		/* places */
	size_t missed;		/* places whose link should have gone but has no bytes that can be taken out */
};

/* Changes of a text in UTF-8, in its order: a vec of struct edit_range. Nothing is changed in text that
 * PGP signed or encrypted. */
void rewrite_html(struct pool *, const struct limits *, struct str html, const struct rewrite_how *, struct vec *out,
    struct rewrite_done *);
void rewrite_text(struct pool *, struct str text, const struct rewrite_how *, struct vec *out, struct rewrite_done *);

/* "hxxps://bad[.]example/x"; a URL without a host becomes its scheme and "[...]". */
struct str rewrite_defang(struct pool *, struct str url);
/* Text that is signed or encrypted within the text itself (RFC 9580 7). */
bool rewrite_is_pgp(struct str text);

/* A table of rows by their URL, for rewrite_find_fn. The last of equal URLs counts. */
struct rewrite_table;
struct rewrite_table *rewrite_table_new(struct pool *, const struct rewrite_row *, size_t n);
const struct rewrite_row *rewrite_table_find(const struct rewrite_table *, struct str url);

#endif
