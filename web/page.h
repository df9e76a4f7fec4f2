/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* page.h - what people see: one page is one file, one row in pages.list
 *
 * Input    what is known of the click; hostile where it comes from a link
 * Units    none
 * Limits   PAGE_BYTES of a page
 * Memory   values live in the pool of the request
 * Errors   none
 * Threads  reentrant
 * Source   pages.list; all go through the template page.html
 */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

#include "base/buf.h"
#include "base/pool.h"
#include "base/lang.h"

enum { PAGE_BYTES = 256 * 1024 };

/* Of a digest: a mail in the quarantine. */
struct page_mail {
	struct str from, subject, rcpt, time, until;
	const char *kind, *why;		/* N_() */
	const char *became;		/* what was done with it, N_(); or NULL */
	bool choose;			/* buttons to release and delete it */
};

/* What a page can tell; empty where it is not known. */
struct page_facts {
	struct str site, contact;	/* the operator's */
	struct str prefix;		/* path in front of static/ */
	const struct page_mail *mail;	/* or NULL */
	struct str url, host;		/* where the link leads; host in ASCII */
	struct str end;			/* host where redirects of it end, or empty */
	const char *verdict;		/* what is thought of the link, one sentence in English; or NULL */
	struct str detail;		/* who says so: "phishtank" */
	struct str reference;
	struct str action, form;	/* where the button leads and its token; empty: no button */
};

struct page {
	const char *name;		/* of the log and of the style */
	unsigned status;		/* HTTP */
	const char *title, *lead;	/* N_() */
	const char *button;		/* N_(), or NULL */
	bool shows_link;		/* host and URL are shown */
	bool asks;			/* says whom to ask */
};

#define PAGE(name) extern const struct page page_##name;
#include "web/pages.list"
#undef PAGE
extern const struct page *const pages[];	/* ended by NULL */

/* template: the text of page.html. */
void page_put(const struct page *, const struct page_facts *, const struct lang *, struct pool *, struct str template,
    struct buf *out);

#endif
