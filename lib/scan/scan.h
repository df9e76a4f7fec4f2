/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* scan.h - the facts of a message: what every check reads
 *
 * Input    built by the gate (session only) or by the worker (all of it)
 * Units    none
 * Limits   lim
 * Memory   everything lives in `pool` or longer than the scan
 * Errors   none
 * Threads  one thread per scan; only *_memo fields change, inside the accessors
 * Source   lib/README.md, "Way of a message"
 */
#ifndef SCAN_SCAN_H
#define SCAN_SCAN_H

#include "base/log.h"
#include "scan/auth.h"
#include "scan/report.h"
#include "scan/session.h"
#include "scan/standing.h"

enum phase { PHASE_CONNECT, PHASE_HELO, PHASE_MAIL, PHASE_RCPT, PHASE_MESSAGE, PHASE_LOOKUP, PHASE_N };
enum place { PLACE_GATE, PLACE_WORKER };

/* What of a message a worker looks at. Signatures can have a turn of their own: when their keys come
 * late, the rest does not wait for them. */
enum scan_turn { SCAN_WHOLE, SCAN_CONTENT, SCAN_PROOF, SCAN_TURN_N };

const char *phase_name(enum phase);	/* "CONNECT" */
const char *place_name(enum place);	/* "gate" */

struct services;			/* check/services.h */
struct known_hosts;			/* link/known_hosts.h */
struct dns_batch;			/* net/dns.h */
struct link_targets;			/* check/link_targets.h */

/* One match of an engine, before a check makes a finding of it. */
struct engine_hit {
	enum { HIT_CLAMAV, HIT_YARA } engine;
	struct str name;		/* signature or rule */
	struct str detail;		/* YARA: description and matched strings */
	enum class class;
	int score;
	size_t part;			/* index of a report part */
};

/* Text of a part for the checks that read words. */
struct scan_text {
	size_t part;			/* index into msg->parts (the same in report parts) */
	struct str text;		/* visible text, UTF-8 */
	struct str html;		/* markup, UTF-8; empty for plain text */
};

struct scan {
	struct pool *pool;
	const struct limits *lim;
	struct log_ctx lc;
	enum phase phase;
	const struct session *session;
	const struct known_hosts *known; /* what the operator says of hosts; NULL: only what is built in */
	struct str ours;		/* what links to our click gate begin with (click/ours.h), or empty */
	/* gate only, NULL in a worker and offline */
	const struct services *services; /* what outlives a message: resolver, counters */
	struct dns_batch *dns;		/* the questions of this connection or transaction; NULL: DNS_OFF */
	struct auth_facts *auth;	/* what is proved about the sender: checks of the gate write it */
	struct standing *standing;	/* what is thought of the client: checks of the gate write it */
	bool dry;			/* only a question of the operator: nothing is counted or remembered */
	const struct report *found;	/* PHASE_LOOKUP: what the worker saw, for want(); else NULL */
	struct link_targets *links;	/* PHASE_LOOKUP: where its links lead, checks add what they know; else NULL */
	size_t rcpt;			/* PHASE_RCPT: index into session->rcpts of the one asked about */
	/* worker only, else NULL and empty */
	enum scan_turn turn;
	const struct auth_keys *keys;	/* what DNS said of the signatures' keys; NULL: was not asked */
	struct raw_mail *raw;		/* the message as signatures see it; with keys only */
	struct message *msg;		/* not for SCAN_PROOF */
	struct vec hits;		/* struct engine_hit */
	struct vec texts;		/* struct scan_text */
};

#endif
