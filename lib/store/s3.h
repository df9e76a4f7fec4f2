/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* s3.h - one signed request to a server of S3's kind
 *
 * Input    whatever the server answers, which is believed no further than its bytes
 * Units    bytes; deadlines are monotonic milliseconds
 * Limits   S3_BODY bytes of an answer; a request ends at its deadline; S3_TRIES times after 5xx or a broken
 *          connection. After S3_FAILURES failures in a row nothing is asked for S3_PAUSE_MS
 * Memory   answers are the caller's buf
 * Errors   RC_NONE: no such object. RC_TEMP: no answer, one cut short, or refused; `why` says it in one line.
 *          RC_LIMIT: larger than S3_BODY
 * Threads  any; each request has a connection of its own, S3_IDLE of which are kept for later
 * Source   AWS Signature Version 4 as libcurl makes it, over the digest of what is sent; path style URLs
 */
#ifndef STORE_S3_H
#define STORE_S3_H

#include "store/bodies.h"

enum { S3_BODY = 1024 * 1024 * 1024, S3_TRIES = 2, S3_FAILURES = 3, S3_PAUSE_MS = 3000, S3_IDLE = 8 };

struct s3;

/* The key file is read once. RC_BAD with `why`. */
enum rc s3_new(const struct bodies_conf *, struct s3 **out, struct buf *why) MUST_CHECK;
void s3_free(struct s3 **);

/* method: "GET", "PUT" or "DELETE"; key: below the prefix, empty for the bucket; query: sorted and encoded, or
 * empty. out->max is set here. */
enum rc s3_ask(struct s3 *, const char *method, struct str key, struct str query, struct str content,
    int64_t deadline_ms, struct buf *out, struct buf *why) MUST_CHECK;
struct str s3_prefix(const struct s3 *);

/* One page of a list. False: it is none. */
struct s3_item {
	struct str key;			/* as the server writes it */
	int64_t wall_ms;
	uint64_t bytes;
};
struct s3_page {
	struct str rest;		/* start with the whole answer */
};
bool s3_page_next(struct s3_page *, struct s3_item *);
/* How the next page is asked for; empty: there is none. */
struct str s3_page_token(struct str answer);

#endif
