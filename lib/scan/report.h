/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* report.h - what was found in a message: written by checks and engines, read by policy
 *
 * Input    calls of report_*; evidence may hold hostile bytes
 * Units    score in tenths of a point, time in microseconds
 * Limits   lim->findings, lim->layers for parts (behind them an unscanned entry says so);
 *          evidence is cut at REPORT_EVIDENCE bytes
 * Memory   lists and text live in the report's pool
 * Errors   none
 * Threads  one thread per report
 * Source   lib/README.md, "Words"
 */
#ifndef SCAN_REPORT_H
#define SCAN_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/limits.h"
#include "base/pool.h"
#include "base/vec.h"
#include "link/link.h"
#include "scan/auth.h"
#include "scan/finding.h"

enum { REPORT_EVIDENCE = 256 };
#define REPORT_NO_PART ((size_t)-1)	/* speaks of the whole message */

enum unscanned_why {
	UNSCANNED_ENCRYPTED, UNSCANNED_LIMIT, UNSCANNED_TIMEOUT, UNSCANNED_ENGINE, UNSCANNED_AMBIGUOUS,
	UNSCANNED_PARTIAL,	/* a fragment, or content that is elsewhere */
	UNSCANNED_N
};

struct unscanned {
	enum unscanned_why why;
	size_t part;
	struct str what;		/* engine or limit and a detail: "clamav: MaxScanTime" */
};

/* A MIME part, or a layer inside one (archive member, embedded object). */
struct report_part {
	struct str id;			/* "1.2", "1.2/inner.zip/run.exe" */
	size_t parent;			/* index, or REPORT_NO_PART */
	struct str type;		/* real media type by content; empty when not looked at */
	struct str declared;		/* what the message says; empty for layers */
	struct str name;		/* best file name, UTF-8; may be empty */
	uint64_t size;			/* decoded bytes */
	unsigned char sha256[HASH_SHA256_BYTES];
	bool hashed;			/* sha256 is set */
	bool layer;			/* inside a container, no MIME part */
	bool alternative;		/* belongs to another reading than the main one */
	bool encrypted;
};

/* That a check ran, for `explain` and the time accounts. */
struct report_run {
	const char *check;		/* name of the check */
	uint32_t us;
	uint32_t findings;
};

/* A Received field, as the writer tells it. */
struct report_hop {
	bool from, local;		/* from another machine; submitted on this one */
	bool tls, told, login;		/* as in message/received.h */
	struct str addr, name, helo, by;	/* name: as far as the writer vouches for it */
};

/* RFC 5321 6.3: loops are found at 100 or more; mail that arrives has far fewer. */
enum { REPORT_KINDS = 64, REPORT_HOPS = 30, REPORT_HOP_TEXT = 255 };

/* What a worker found out about the signatures of a message; text is printable ASCII. */
struct report_auth {
	bool known;			/* keys were there to verify with */
	const struct auth_dkim *dkim;
	size_t n_dkim;
	struct auth_arc arc;
	bool has_body;			/* body: SHA-256 of the relaxed body, for a seal of ours */
	unsigned char body[HASH_SHA256_BYTES];
};

struct report {
	struct pool *pool;
	const struct limits *lim;
	struct vec findings;		/* struct finding */
	struct vec unscanned;		/* struct unscanned */
	struct vec parts;		/* struct report_part; MIME parts first, in mime order */
	struct vec links;		/* struct link, at most lim->links */
	struct vec runs;		/* struct report_run */
	struct vec hops;		/* struct report_hop, newest first, at most REPORT_HOPS */
	uint64_t defects;		/* DEFECT_BIT() */
	/* decoded header facts, UTF-8, for log, ledger and people */
	struct str from, from_domain, reply_to, subject, message_id, date;
	uint32_t author_domains;	/* of From: none, 1, or 2 for several */
	struct report_auth auth;
	uint32_t us;			/* time of the scan in the worker */
	unsigned muted;			/* classes, 1 << enum class, that do not count for this sender */
	bool cut;			/* findings or parts over their limit were dropped */
};

void report_init(struct report *, struct pool *, const struct limits *);

/* Report a finding with the class and score of its row. part: index or REPORT_NO_PART. */
void report_add(struct report *, const struct finding_def *, size_t part, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* For rows that say `varies`. */
void report_add_as(struct report *, const struct finding_def *, enum class, int score, size_t part,
    struct str evidence);
/* What a refusal because of the finding of `def` that was just added also says; printable ASCII. */
void report_quote(struct report *, const struct finding_def *, struct str text);
/* Same reason, part and text twice are kept once. At most lim->findings + 2, beyond that the
 * first of each kind, up to REPORT_KINDS: of one reason, from one engine. Policy asks no more. */
void report_unscanned(struct report *, enum unscanned_why, size_t part, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* Keep the first of each kind, and only that. */
void report_unscanned_shorten(struct report *);
/* A new part; returns its index. REPORT_NO_PART when over the limit (noted as unscanned). */
size_t report_part(struct report *, const struct report_part *);
/* Runs of one check are added up: it has a row, however many recipients it looked at. */
void report_ran(struct report *, const char *check, uint32_t us, uint32_t findings);

/* True when everything was looked at. */
bool report_complete(const struct report *);
/* Findings of this class stay, but decide nothing. Of the gate only: never of a worker. */
void report_mute(struct report *, enum class);
/* Typed access: report_finding(r, i) with i < r->findings.n, and so on. */
const struct finding *report_finding(const struct report *, size_t i);
const struct unscanned *report_unscanned_at(const struct report *, size_t i);
const struct report_part *report_part_at(const struct report *, size_t i);
const struct link *report_link_at(const struct report *, size_t i);
const struct report_run *report_run_at(const struct report *, size_t i);

const char *unscanned_name(enum unscanned_why);		/* "encrypted" */
const char *unscanned_help(enum unscanned_why);

#endif
