/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* indicators.h - what feeds call bad or good: addresses, domains, mailboxes, files, URLs
 *
 * Input    a table that the job `feeds` writes (indicators_build.h); what a client or a message
 *          says, any bytes
 * Units    points in tenths; milliseconds since 1970
 * Limits   INDICATOR_HITS sources that speak about one thing; a URL is looked up under URL_KEY_FORMS forms at most
 * Memory   the table is mapped, read only; hits live in the caller's pool
 * Errors   none: without a table nothing is known. A table that is damaged is left alone, the one from
 *          before serves on, and the log says it once
 * Threads  find: any. A thread of its own looks for a new table every INDICATORS_LOOK_MS and puts it in
 *          place of the old one, which stays until its last reader has gone
 * Source   indicators_file.h. Files are only ever replaced as a whole (rename), never written to: a
 *          file that is cut while it is mapped would end the process
 */
#ifndef STORE_INDICATORS_H
#define STORE_INDICATORS_H

#include "base/ip.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/rc.h"
#include "link/url.h"
#include "scan/class.h"

#define INDICATORS_MAGIC "SKMRIND1"
#define INDICATORS_FILE "feeds/indicators.db"	/* below state_dir */
enum { INDICATOR_HITS = 16, INDICATORS_SOURCES = 256, INDICATORS_LOOK_MS = 1000 };

enum indicator_kind { INDICATOR_IP, INDICATOR_DOMAIN, INDICATOR_HASH, INDICATOR_ADDRESS, INDICATOR_URL,
	INDICATOR_KINDS };

const char *indicator_kind_name(enum indicator_kind);	/* "domain" */

struct indicator_hit {
	struct str source;		/* name of the feed */
	struct str entry;		/* what it has: "192.0.2.0/24" */
	bool allow;			/* a list of the good */
	enum class class;
	int score;
	unsigned confidence;		/* 0 to 100 */
	int64_t first_ms;		/* when the feed first had it */
};

struct indicators_status {
	int64_t built_ms;		/* 0: there is no table */
	uint64_t entries, sources;
	uint64_t asked, hits;
};

struct indicators;

/* RC_TEMP: no thread. The table may appear later. */
enum rc indicators_open(const char *path, struct log_ctx, struct indicators **out) MUST_CHECK;
void indicators_close(struct indicators **);
/* Look for a new table now; the thread does the same. */
void indicators_look(struct indicators *);

/* What the feeds say, the most special entry of each; `ind` may be NULL. One that allows wins: it is the
 * only hit then. IP: by prefix; domain: itself and those above it; URL: url_key.h; the others: exactly. */
size_t indicators_find_ip(struct indicators *, struct pool *, const struct ip *, struct indicator_hit out[INDICATOR_HITS]);
/* The URL, and its host as domain or address. */
size_t indicators_find_url(struct indicators *, struct pool *, const struct url *, struct indicator_hit out[INDICATOR_HITS]);
/* value: a domain as DNS has it, a mailbox, or the 32 bytes of a SHA-256; letters of either case. */
size_t indicators_find(struct indicators *, struct pool *, enum indicator_kind, struct str value,
    struct indicator_hit out[INDICATOR_HITS]);
void indicators_status(struct indicators *, struct indicators_status *out);

#endif
