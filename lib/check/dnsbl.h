/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dnsbl.h - what DNS lists say about an address, a domain, a mailbox or a file
 *
 * Input    what a client, a header or a worker's report says; checked before it becomes a name
 * Units    milliseconds; points in tenths
 * Limits   DNSBL_HITS lists that speak about one thing
 * Memory   hits live in the caller's pool
 * Errors   none while asking: no answer is no hit. A list that is blocked, that fails its test or
 *          that is silent is left alone for a while, see dnsbl.c. RC_BAD: the table is wrong, `why`
 *          has a line for each error
 * Threads  any; _reload and _close by one thread at a time
 * Source   RFC 5782
 *
 * An answer counts only when the table says what it means; anything else is no answer. Local parts
 * leave this machine as hashes only.
 */
#ifndef CHECK_DNSBL_H
#define CHECK_DNSBL_H

#include "net/dns.h"
#include "scan/class.h"

enum { DNSBL_HITS = 32 };

/* What is looked up, and so which lists are asked. */
enum dnsbl_use {
	DNSBL_CLIENT,		/* address of the client */
	DNSBL_HELO, DNSBL_PTR, DNSBL_MAIL_FROM, DNSBL_FROM, DNSBL_DKIM, DNSBL_LINK,	/* domains */
	DNSBL_ADDRESS,		/* a mailbox: SHA-1 of it in lower case */
	DNSBL_FILE,		/* HASH_SHA256_BYTES bytes of digest, asked in base32 */
	DNSBL_USES
};

#define DNSBL_AS(use) (1u << (use))

/* One thing to look up. A list is asked about it once, whatever it is at the same time. */
struct dnsbl_item {
	struct str what;
	unsigned uses;			/* DNSBL_AS bits: what it is */
	unsigned before;		/* what it was in an earlier phase: lists for that have spoken */
};

struct dnsbl_conf {
	struct opt_list files;		/* tables; a list that comes again replaces the one before */
	struct opt_list enable, disable; /* lists, over what the table says */
	struct opt_list keys;		/* LIST=KEY */
	int64_t block_ms;		/* how long a list that refused is left alone */
};
extern const struct opt_table dnsbl_table;

struct dnsbl_hit {
	struct str list;		/* its name, never its key */
	struct str labels;		/* "SBL,XBL" */
	struct str codes;		/* "127.0.0.2,127.0.0.4" */
	bool allow;			/* a list of the good: score is negative */
	enum class class;
	int score;
};

struct dnsbl_status {
	struct str list;
	const char *state;		/* "untested", "ok", "failed", "blocked", "silent" */
	int64_t again_ms;		/* how long it is left alone; 0: in use */
	uint64_t asked, hits;
	uint64_t strange;		/* answers that the table does not know */
};

struct dnsbl;

/* Lists are tested in the background (dns NULL: when they are first asked). */
enum rc dnsbl_open(const struct dnsbl_conf *, struct dns *, struct log_ctx, struct dnsbl **out, struct buf *why) MUST_CHECK;
/* On RC_BAD the lists stay as they were. */
enum rc dnsbl_reload(struct dnsbl *, const struct dnsbl_conf *, struct buf *why) MUST_CHECK;
void dnsbl_close(struct dnsbl **);
/* Is the table good? For configtest; asks nothing. */
enum rc dnsbl_try(const struct dnsbl_conf *, struct buf *why) MUST_CHECK;

void dnsbl_want(struct dnsbl *, struct dns_batch *, struct pool *, const struct dnsbl_item *);
/* Waits for the answers as dns_get does; returns how many hits there are. */
size_t dnsbl_look(struct dnsbl *, struct dns_batch *, struct pool *, const struct dnsbl_item *,
    struct dnsbl_hit out[DNSBL_HITS]);
/* Who spoke of a thing that was looked at in this batch. Lists that refuse or that failed their test are the
 * operator's business, and do not count. */
enum dnsbl_heard {
	DNSBL_NOBODY,		/* there is no list for it */
	DNSBL_SILENCE,		/* no hit says nothing */
	DNSBL_ANSWER
};
enum dnsbl_heard dnsbl_heard(struct dnsbl *, struct dns_batch *, struct pool *, const struct dnsbl_item *);
size_t dnsbl_status(struct dnsbl *, struct pool *, const struct dnsbl_status **out);

#endif
