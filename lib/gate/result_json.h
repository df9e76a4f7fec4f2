/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* result_json.h - what is known of one message, as the JSON object of `sekimorictl scan`
 *
 * Input    a result of the pipeline; its texts may hold any bytes
 * Units    scores as points with one decimal, sizes in bytes, "ms" with one decimal
 * Limits   out->max
 * Memory   appends one line without its line feed to the caller's buf
 * Errors   none: invalid UTF-8 becomes U+FFFD; what steers a terminal is written \uXXXX
 * Threads  reentrant
 * Source   lib/README.md; RFC 8259. Keys and their order are a contract with users
 */
#ifndef GATE_RESULT_JSON_H
#define GATE_RESULT_JSON_H

#include <json-c/json.h>

#include "gate/pipeline.h"

/* Of what was answered to a client: put in front of the rest. */
struct result_where {
	struct str id;			/* the reference the client was given */
	const char *phase;		/* "RCPT", "MESSAGE" */
	int64_t wall_ms;
	const struct session *session;
	const struct standing *standing;	/* or NULL */
	struct str rcpt;		/* RCPT: the one asked about */
};

enum { RESULT_BRIEF_US = 200 };

struct result_json {
	struct str file;		/* what the operator called it */
	const struct result *result;
	int64_t us;			/* how long it took */
	const struct result_where *where;	/* or NULL */
	bool explain;			/* also reasons, checks, actions and the details of parts */
	bool brief;			/* checks: only those that found something or took RESULT_BRIEF_US */
};

/* The same as an object, the caller's (json_object_put). */
struct json_object *result_object(const struct result_json *);
void result_json(const struct result_json *, struct buf *out);

#endif
