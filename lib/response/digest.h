/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* digest.h - what was held for a person, in words
 *
 * Input    entries of the quarantine: who wrote, and what about, is a stranger's text
 * Units    milliseconds since 1970 UTC
 * Limits   DIGEST_FIELD bytes of a sender or subject, DIGEST_BYTES of a text
 * Memory   appends to the caller's bufs
 * Errors   RC_LIMIT: more than a buf takes; else those of act_make
 * Threads  reentrant
 * Source   none. Nothing is loaded from anywhere, and no link leads elsewhere than to digest.url
 */
#ifndef RESPONSE_DIGEST_H
#define RESPONSE_DIGEST_H

#include "base/lang.h"
#include "response/act.h"

enum { DIGEST_FIELD = 200, DIGEST_BYTES = 2 * 1024 * 1024 };

struct digest_item {
	struct str id;
	size_t number;
	int64_t time_ms, expires_ms;
	enum quarantine_kind kind;
	struct str from, subject, rcpt, verdict;
	bool can_release;		/* else only see */
};

struct digest {
	struct str person;		/* who gets it */
	struct str site;		/* or empty */
	struct str url;			/* without a slash at its end */
	const struct lang *lang;
	const struct keyring *keys;
	const struct digest_item *item;	/* newest first */
	size_t n, more;			/* more: not listed */
};

enum rc digest_put(const struct digest *, struct buf *subject, struct buf *text, struct buf *html) MUST_CHECK;

/* In English, N_(): which quarantine it is; why a message with this verdict is in it. */
const char *digest_kind(enum quarantine_kind);
const char *digest_why(struct str verdict);
/* A stranger's words, fit to be shown: UTF-8 without controls, cut. */
struct str digest_clean(struct pool *, struct str);
/* "2026-11-23 07:12", in the time zone of this machine. */
struct str digest_time(struct pool *, int64_t time_ms);

#endif
