/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* control_msg.h - what is said over the control socket, as JSON
 *
 * Input    control_get_request: bytes of a local program, not trusted to be well-formed
 * Units    milliseconds since 1970 for points in time
 * Limits   CONTROL_REQUEST_BYTES, CONTROL_DEPTH levels of JSON, CONTROL_RCPTS recipients
 * Memory   results live in the pool
 * Errors   RC_BAD with `why`, which the peer is told
 * Threads  reentrant
 * Source   this file. A request is one CONTROL_REQUEST frame, {"verb":"scan","file":"a.eml",
 *          "ip":"192.0.2.1","hostname":"...","helo":"...","from":"...","rcpt":["..."],"authres":"...","explain":true},
 *          scan with the message as its one descriptor, trace without. The answer is one CONTROL_ANSWER frame:
 *          the verb's object, or {"error":"...","code":N} with N of sysexits(3)
 */
#ifndef GATE_CONTROL_MSG_H
#define GATE_CONTROL_MSG_H

#include "base/buf.h"
#include "base/pool.h"
#include "base/rc.h"
#include "check/dnsbl.h"
#include "check/link_service.h"
#include "engine/engine.h"
#include "engine/yara.h"
#include "scan/session.h"
#include "recipient/recipients.h"
#include "store/records.h"
#include "store/counters.h"
#include "store/indicators.h"
#include "worker/workers.h"

enum control_tag { CONTROL_REQUEST = 0x51, CONTROL_ANSWER };
enum { CONTROL_REQUEST_BYTES = 256 * 1024, CONTROL_ANSWER_BYTES = 256 * 1024 * 1024,
       CONTROL_DEPTH = 4, CONTROL_RCPTS = 1000 };

enum control_verb { CONTROL_PING, CONTROL_SCAN, CONTROL_STATUS, CONTROL_RULES, CONTROL_RELOAD, CONTROL_TRACE,
       CONTROL_REPUTATION, CONTROL_VERBS };

struct control_request {
	enum control_verb verb;
	/* scan and trace; trace has no message and no file */
	struct str file;		/* comes back in the answer */
	struct session session;
	bool explain;
	/* reputation */
	struct str op, name;		/* "show", "set", "forget", "list"; whose, list: a kind or nothing */
	int64_t tenths, until_ms;	/* set; until_ms 0: for ever */
	int64_t max;			/* list: of each kind */
};

const char *control_verb_name(enum control_verb);	/* "scan" */

void control_put_request(struct buf *, const struct control_request *);
enum rc control_get_request(struct pool *, struct str in, struct control_request *, struct buf *why) MUST_CHECK;

/* A number the gate counts, in the order it is to be shown. */
struct control_count {
	const char *name;		/* "messages", "outcome.reject" */
	uint64_t value;
};

struct control_status {
	int64_t started_ms;		/* of the gate */
	int64_t master_pid;		/* the other processes are found below it */
	const char *mode;		/* "enforce" or "observe" */
	struct str preset;
	struct str config;		/* file it was read from */
	struct workers_status workers;
	struct engine_info engine;
	struct counters_status counters;
	struct dns_stats dns;
	struct indicators_status indicators;
	struct recipients_status recipients;
	struct records_status records;
	bool ledger;			/* records are kept */
	const struct dnsbl_status *lists; /* DNS lists in use */
	size_t n_lists;
	struct link_service_status link_services[LINK_SERVICES];
	size_t n_link_services;
	struct str sandbox;		/* layers in force: "landlock 4, seccomp, rlimits" */
	struct str sandbox_missing;	/* those this kernel lacks; empty: none */
	int64_t reload_ms;		/* 0: never since the start */
	struct str reload_error;	/* of the last one, empty when it went well */
	const struct control_count *counts;
	size_t n_counts;
};

void control_put_status(struct buf *, const struct control_status *);
void control_put_rules(struct buf *, const struct yara_rule_stat *, size_t n);
void control_put_reload(struct buf *, enum rc, struct str errors);
void control_put_error(struct buf *, int code, const char *why);

#endif
