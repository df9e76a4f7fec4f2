/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dnsbl_lists.h - the table of DNS lists: which zones, what is asked, which answers count
 *
 * Input    files of the operator and the one that is shipped: `key = value` lines as in the
 *          configuration; a line `list = ZONE` begins a list, the keys below belong to it
 * Units    points in tenths
 * Limits   DNSBL_LISTS lists, DNSBL_CODES codes of a list; file sizes as conf.h
 * Memory   one pool, freed as a whole by dnsbl_lists_free
 * Errors   RC_BAD with every error, one line each, as `file:line: key: reason`
 * Threads  a finished table never changes
 * Source   RFC 5782 (how DNS lists are asked and tested); the lists' own pages, named in
 *          rules/lists/dns_lists.conf, where the keys are explained
 */
#ifndef CHECK_DNSBL_LISTS_H
#define CHECK_DNSBL_LISTS_H

#include "base/buf.h"
#include "base/pool.h"
#include "base/suffix.h"
#include "base/vec.h"
#include "check/dnsbl.h"
#include "scan/class.h"

enum { DNSBL_LISTS = 100, DNSBL_CODES = 64 };

enum dnsbl_kind { DNSBL_KIND_IP, DNSBL_KIND_DOMAIN, DNSBL_KIND_ADDRESS, DNSBL_KIND_FILE, DNSBL_KIND_N };

/* What an answer means: an address from low to high, each byte for itself, or a bit of its last byte. */
struct dnsbl_code {
	unsigned char low[4], high[4];
	unsigned char bit;		/* 0: none */
	bool blocked;			/* the list refuses to answer us */
	enum class class;
	int score;			/* with the list's weight; negative in lists of the good */
	struct str label;
};

struct dnsbl_list {
	struct str name;		/* what the operator calls it */
	struct str zone;		/* what is asked, with the key in it: not for the log */
	enum dnsbl_kind kind;
	unsigned uses;			/* DNSBL_AS bits */
	bool ipv4, ipv6;
	/* It knows registered domains only, no hosts: which part is that? NULL: it knows hosts. */
	const struct suffixes *suffixes;
	bool registered;
	bool allow;			/* a list of the good */
	struct str test, test_not;	/* listed and never listed; empty: no test */
	struct vec codes;		/* struct dnsbl_code */

	const char *file;		/* where it was read */
	size_t line;
	bool on;			/* as the table says, before the options */
	int key;			/* 0 none, 1 optional, 2 required */
	struct str keyed;		/* zone for those who have a key, with KEY in it */
	int64_t weight;			/* tenths */
};

struct dnsbl_lists {
	struct pool *pool;
	struct vec list;		/* struct dnsbl_list: those in use */
	struct suffixes *suffixes;
	size_t known;			/* lists of the table, in use or not */
};

enum rc dnsbl_lists_read(const struct dnsbl_conf *, struct dnsbl_lists **out, struct buf *errors) MUST_CHECK;
void dnsbl_lists_free(struct dnsbl_lists **);
const struct dnsbl_list *dnsbl_list_at(const struct dnsbl_lists *, size_t i);

/* The kind of list that is asked for a use. */
enum dnsbl_kind dnsbl_kind_of(enum dnsbl_use);
const char *dnsbl_use_name(enum dnsbl_use);	/* "mail_from" */

#endif
