/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* session.h - one SMTP connection and the transaction it is in
 *
 * Input    what the MTA tells of each phase; any bytes
 * Units    none
 * Limits   gate_conf.sessions_max connections, SESSION_RCPTS recipients, message_max bytes
 * Memory   two pools: of the connection, and of the transaction, which session_reset empties
 * Errors   session_new: NULL when there are too many. The rest always gives an outcome
 * Threads  one session is used by one thread at a time, not always the same
 * Source   RFC 5321; libmilter's xxfi_* callbacks. A session pins the configuration it began with
 *
 * Order: session_connect, session_helo, then for each message session_mail, session_rcpt ...,
 * session_header ..., session_eoh, session_body ..., session_end. An abort may come at any time.
 */
#ifndef GATE_SESSION_H
#define GATE_SESSION_H

#include "gate/fields.h"
#include "gate/keys.h"
#include "gate/ledger.h"
#include "gate/passes.h"
#include "gate/pipeline.h"
#include "gate/rcpts.h"
#include "gate/resfields.h"
#include "gate/seal.h"

enum { SESSION_RCPTS = 10000, SESSION_ID = 40 };

struct gate_session {
	struct gate *gate;		/* borrowed */
	struct conf *conf;		/* held */
	struct pool *conn_pool, *msg_pool;
	struct pool *rcpt_pool;		/* of one RCPT and its answer */
	struct session facts;
	struct vec rcpts;		/* struct str, what facts.rcpts points to */
	struct report conn, msg;	/* what phases of the connection and of the transaction found */
	struct rcpts of_rcpts;		/* what RCPT found of those that stay */
	struct dns_batch *conn_dns, *msg_dns;	/* what they asked */
	struct auth_facts auth;		/* of the transaction */
	struct standing standing;	/* of the client */
	struct auth_iprev iprev;	/* of the connection */
	bool judged;			/* CONNECT and HELO, as they are now */
	struct outcome outcome;		/* of the last phase */
	struct result result;		/* after session_end */
	struct spool spool;
	struct fields fields;
	struct passes passes;		/* that it is let by with */
	struct passes_awaited awaited;	/* of the message before */
	struct keys keys;		/* of its signatures */
	struct seal seal;
	struct resfields results;
	uint64_t declared;		/* SIZE= of the MAIL to come */
	bool present;			/* counted in gate->presence */
	bool incoming;			/* from outside: forged fields go */
	char record[RECORD_ID + 1];	/* id of the transaction in the ledger */
	char id[SESSION_ID];		/* queue id, or our own until the MTA knows one */
};

struct gate_session *session_new(struct gate *);
void session_free(struct gate_session **);
/* Forget the transaction: after its answer, its abort, and before the end of the connection. */
void session_reset(struct gate_session *);
struct log_ctx session_log(const struct gate_session *);

/* Facts are copied. Fill the connection's (addr, port, name, TLS, user, names) with
 * session_fact before the phase that judges them. */
void session_fact(struct gate_session *, struct str *field, const char *value);
void session_queue_id(struct gate_session *, const char *id);

/* Connection and HELO only ask DNS; what they show is judged at MAIL, where the client gets its
 * answer and the answers of DNS are mostly there. */
void session_connect(struct gate_session *);
void session_helo(struct gate_session *, const char *name);
/* What SIZE= says of the next MAIL; before session_mail. */
void session_declare(struct gate_session *, uint64_t bytes);
const struct outcome *session_mail(struct gate_session *, const char *from);
/* Of this recipient only: one that is refused is forgotten. NULL: too many recipients. */
const struct outcome *session_rcpt(struct gate_session *, const char *to);
void session_header(struct gate_session *, struct str name, struct str value);
void session_eoh(struct gate_session *);
void session_body(struct gate_session *, struct str chunk);
/* Scan and judge: session->result. */
void session_end(struct gate_session *);
/* The MTA has the answer, session->result.outcome as it was given: count it and log it. */
void session_done(struct gate_session *);

#endif
