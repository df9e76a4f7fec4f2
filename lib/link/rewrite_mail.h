/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* rewrite_mail.h - change the links of a message
 *
 * Input    a parsed message; what is to be done with each link by its canonical URL
 * Units    bytes
 * Limits   lim->decoded_bytes, html_tags
 * Memory   in the pool
 * Errors   RC_NONE: something that should be changed cannot be without touching more than that: clients
 *          read the message in different ways, or a charset or encoding is not one that all agree on.
 *          RC_LIMIT: it does not fit
 * Threads  one owner of the message
 * Source   RFC 1847, RFC 8551, RFC 9580: what is signed or encrypted keeps every byte
 */
#ifndef LINK_REWRITE_MAIL_H
#define LINK_REWRITE_MAIL_H

#include "link/rewrite.h"
#include "message/edit.h"

struct rewrite_mail {
	const struct rewrite_table *table;
	struct str words;	/* in place of links, REWRITE_TEXT */
	bool attachments;	/* also in text and HTML that is attached */
	size_t changed;		/* result: places */
};

/* New bodies for edit_message: a vec of struct edit_body, empty when nothing is to be changed. */
enum rc rewrite_mail(struct pool *, const struct limits *, struct message *, struct rewrite_mail *, struct vec *bodies)
    MUST_CHECK;

/* The canonical form that rows are found by; false: it leads nowhere. base may be empty. */
bool rewrite_canonical(struct pool *, struct str url, struct str base, struct str *out);

#endif
