/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* wire.h - how the processes write jobs, reports and news to each other
 *
 * Input    wire_get_job, _edit_job, _preview_job: bytes of the gate. wire_get_report, _edited, _previewed,
 *          _stats: bytes of a worker, which may have been taken over by the message it read
 * Units    little-endian numbers; strings are u32 length and bytes
 * Limits   lim->report_bytes for a frame; lim->findings, layers + mime_parts, links for
 *          lists; WIRE_* below. A list over its limit makes the whole answer RC_BAD
 * Memory   results live in the given pool, strings copied
 * Errors   RC_BAD: not a well-formed answer; the caller treats the worker as lost.
 *          A report can only name findings of the tables, and classes and reasons that
 *          exist: it can add findings, never choose an action. An edit can only change
 *          MIME fields of the top header, and only to values that stay within the field
 * Threads  reentrant
 * Source   this file; both ends are always the same build, so there is no version
 */
#ifndef WORKER_WIRE_H
#define WORKER_WIRE_H

#include "base/buf.h"
#include "engine/engine.h"
#include "engine/yara.h"
#include "link/rewrite.h"
#include "message/edit.h"
#include "scan/report.h"
#include "scan/scan.h"
#include "scan/session.h"

enum {
	WIRE_RCPTS = 100000,		/* recipients of one job */
	WIRE_STRIPS = 100000,		/* parts of one edit */
	WIRE_EDIT_HEADERS = 16,		/* fields that one edit changes */
	WIRE_EDIT_VALUE = 16 * 1024,	/* bytes of such a field */
	WIRE_EDIT_SLACK = 1024 * 1024,	/* bytes that notices and links may add to a message, */
	WIRE_EDIT_GROWTH = 4,		/* once it has become this many times as large */
	WIRE_LINKS = 100000,		/* links of one edit */
	WIRE_KEYS = 128,		/* keys of one job: AUTH_SIGNATURES + 2 * AUTH_ARC_SETS fit */
	WIRE_KEY_TEXTS = 16,		/* TXT records of one of them */
	WIRE_AUTH_TEXT = 512,		/* bytes of a domain, an identity, a reason */
	WIRE_AUTH_RESULTS = 4096,	/* bytes of the ARC-Authentication-Results in a report */
	WIRE_RULES = 100000,		/* YARA rules in one account */
	WIRE_SCORE = 1000000		/* largest score of a finding, either sign, tenths */
};

enum wire_tag {
	/* supervisor -> zygote */
	WIRE_CLIENT = 1,	/* fd: a new client's channel */
	WIRE_DRAIN,		/* exit once the last client is gone */
	WIRE_PING,		/* after WIRE_READY: answered with WIRE_PONG at once */
	/* zygote -> supervisor */
	WIRE_READY,		/* engines loaded, canary passed; body: wire_put_info */
	WIRE_FAILED,		/* body: error text; the zygote exits (a worker says it at its start, too) */
	WIRE_WARNING,		/* body: text for the operator; the zygote goes on */
	WIRE_PONG,
	/* client <-> zygote */
	WIRE_SPAWN,		/* client asks for a worker */
	WIRE_WORKER,		/* fd: socket to it; body: u32 worker number, u32 pid */
	WIRE_REFUSED,		/* no worker can be made now; body: text */
	WIRE_KILL,		/* body: u32 worker number */
	WIRE_GONE,		/* body: u32 worker number, u32 wait status: reaped, folder wiped */
	/* worker -> client (the first worker's client is the zygote itself) */
	WIRE_UP,		/* room closed, canary passed; body: text, sandbox layers the kernel lacks */
	/* client <-> worker; WIRE_STATS and WIRE_BYE come before the answer they belong to */
	WIRE_SCAN,		/* fd: message; body: wire_put_job */
	WIRE_REPORT,
	WIRE_EDIT,		/* fds: message, empty file for the result; body: wire_put_edit_job */
	WIRE_EDITED,
	WIRE_PREVIEW,		/* fds: message, empty file for the page or picture; body: u32, 0 or the picture's number */
	WIRE_PREVIEWED,		/* body: u8, enum rc */
	WIRE_STATS,		/* YARA accounts since the last time */
	WIRE_BYE		/* recycled after this answer */
};

struct wire_job {
	struct session session;
	struct str queue_id;
	enum scan_turn turn;
	const struct auth_keys *keys;	/* NULL: signatures are not looked at */
	bool body;			/* the report shall have the digest of the body */
};

void wire_put_job(struct buf *, const struct wire_job *);
enum rc wire_get_job(struct pool *, struct str in, struct wire_job *) MUST_CHECK;

/* Parts to take out, and links to change in what is left. */
struct wire_edit_job {
	const struct edit_strip *strips;
	size_t n_strips;
	const struct rewrite_row *links;	/* what is not among them stays */
	size_t n_links;
	struct str words;			/* in place of links that become text */
	bool attachments;			/* links of attached text as well */
};
void wire_put_edit_job(struct buf *, const struct wire_edit_job *);
enum rc wire_get_edit_job(struct pool *, struct str in, struct wire_edit_job *) MUST_CHECK;
/* The largest message that an edit may make of one. */
uint64_t wire_edit_max(uint64_t size);
/* What became of an edit. The file that came with it holds the whole new message. */
struct wire_edited {
	enum rc done;			/* what edit_message and rewrite_mail returned; the rest counts only with RC_OK */
	uint64_t body;			/* where the body begins in the file */
	uint32_t links;			/* places that were changed; 0, no parts: the file is empty, nothing was */
	const struct edit_header *headers;
	size_t n_headers;
};
void wire_put_edited(struct buf *, const struct wire_edited *);
enum rc wire_get_edited(struct pool *, struct str in, struct wire_edited *) MUST_CHECK;

/* picture 0: the page. */
void wire_put_preview_job(struct buf *, uint32_t picture);
enum rc wire_get_preview_job(struct str in, uint32_t *picture) MUST_CHECK;
void wire_put_previewed(struct buf *, enum rc done);
enum rc wire_get_previewed(struct str in, enum rc *done) MUST_CHECK;

void wire_put_report(struct buf *, const struct report *);
enum rc wire_get_report(struct pool *, const struct limits *, struct str in, struct report *) MUST_CHECK;

/* What a zygote has loaded, for status and logs. */
struct wire_info {
	struct engine_info engine;
	struct str missing;		/* sandbox layers that this kernel lacks; empty: all hold */
};
void wire_put_info(struct buf *, const struct engine_info *, struct str missing);
enum rc wire_get_info(struct pool *, struct str in, struct wire_info *) MUST_CHECK;

void wire_put_stats(struct buf *, const struct yara_rule_stat *, size_t n);
enum rc wire_get_stats(struct pool *, struct str in, const struct yara_rule_stat **, size_t *n) MUST_CHECK;

#endif
