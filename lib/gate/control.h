/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* control.h - the operator's door to a running gate
 *
 * Input    requests of local programs over a unix socket (control_msg.h); only root and the
 *          uid the gate runs as are listened to (SO_PEERCRED)
 * Units    milliseconds; bytes
 * Limits   CONTROL_CLIENTS connections at once, CONTROL_REQUEST_BYTES a request, CONTROL_IDLE_MS
 *          between two requests; a message comes as a sealed memory file (beyond message_max: as the
 *          milter would, unscanned by that limit)
 * Memory   one pool a request; what an op puts into `pool` lives until it is answered
 * Errors   a request that is not understood is answered with its error, the connection goes on;
 *          a frame that is none ends it
 * Threads  one accepts, one for each connection: the ops are called by several at once, with
 *          every signal blocked
 * Source   fdio.h for the frames, unix(7); lib/README.md
 */
#ifndef GATE_CONTROL_H
#define GATE_CONTROL_H

#include "base/log.h"
#include "engine/yara.h"
#include "gate/control_msg.h"
#include "gate/pipeline.h"

enum { CONTROL_CLIENTS = 32, CONTROL_IDLE_MS = 30000, CONTROL_SEND_MS = 10000 };

/* What the gate lends to the operator. */
struct control_ops {
	/* Bytes of a message, by the snapshot in force. */
	int64_t (*message_max)(void *arg);
	/* offline_scan with the snapshot in force. The spool is not the op's to close. */
	void (*scan)(void *arg, const struct session *, const struct spool *, struct pool *,
	    struct result *out);
	/* trace_json with the snapshot in force. */
	void (*trace)(void *arg, const struct session *, struct pool *, struct buf *out);
	/* reputation_answer with the snapshot in force. */
	void (*reputation)(void *arg, const struct control_request *, struct pool *, struct buf *out);
	void (*status)(void *arg, struct pool *, struct control_status *out);
	/* Accounts of every rule since the set in force was loaded. */
	size_t (*rules)(void *arg, struct pool *, const struct yara_rule_stat **out);
	/* Waits for the outcome. RC_BAD: the new set is wrong, `errors` has a line for each error;
	 * RC_TEMP: could not be tried, `errors` says why. The old set serves on in both. */
	enum rc (*reload)(void *arg, struct buf *errors);
	void *arg;
};

struct control;

/* Serve on a listening socket (taken). `ops` must live until control_close. RC_TEMP: no thread. */
enum rc control_open(int listener, const struct control_ops *, struct log_ctx, struct control **out) MUST_CHECK;
/* No new requests, end those that wait for a peer, return when the last op has come back. */
void control_close(struct control **);

#endif
