/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* pipeline.h - one message from spool to outcome; what milter and ctl both drive
 *
 * Input    a spooled message and its session
 * Units    milliseconds
 * Limits   struct limits of the snapshot
 * Memory   results live in the transaction's pool
 * Errors   none: every message has an outcome (policy_failed when nothing is known)
 * Threads  any number, one per transaction
 * Source   lib/README.md, "Way of a message"
 */
#ifndef GATE_PIPELINE_H
#define GATE_PIPELINE_H

#include <pthread.h>
#include <stdatomic.h>

#include "click/keyring.h"
#include "gate/keys.h"
#include "gate/presence.h"
#include "gate/result.h"
#include "gate/spool.h"
#include "scan/scan.h"
#include "worker/workers.h"

/* What the ledger of a gate writes to (gate/ledger.h); all NULL: it writes nothing. */
struct ledger_stores {
	struct records *records;
	struct bodies *bodies;
	struct keyring *keys;		/* for texts that are stored hashed; or NULL */
	struct keyring *passes;		/* of a gate */
	int64_t opened_ms;		/* by the wall clock */
};

/* What the gate counts, for `status`. */
struct gate_counts {
	_Atomic uint64_t connections, refused;	/* refused: over sessions_max */
	_Atomic uint64_t turned_away;		/* commands that policy refused or deferred before the message */
	_Atomic uint64_t messages, clean, incomplete, failed;
	_Atomic uint64_t intercept[INTERCEPT_N];
	_Atomic uint64_t sessions;	/* open now */
	_Atomic uint64_t at_end;	/* messages between their end and their answer, now */
};

/* What all transactions share. Zeroed but for the first fields it is ready. */
struct gate {
	struct conf *conf;		/* snapshot in force; a session pins its own */
	struct workers *workers;
	const struct services *services; /* what checks of the gate ask; NULL: nothing is asked */
	_Atomic(struct keyring *) click_keys;	/* that links to the click gate are sealed with; NULL: there is none */
	struct journal *dmarc_rows;	/* for reports to domain owners; NULL: not kept */
	struct journal *refusals;	/* what was refused and why, for `explain ID`; NULL: not kept */
	struct ledger_stores ledger;	/* every message and the quarantine; all NULL: none */
	char *engines;			/* versions of rules and databases, JSON; under the lock */
	struct log_ctx lc;
	pthread_mutex_t lock;		/* of conf, once there are threads */
	struct gate_counts counts;
	struct presence presence;	/* of clients, now */
};

/* The snapshot in force, held: conf_put gives it back. */
struct conf *pipeline_conf(struct gate *);
/* Another snapshot (taken) from now on; sessions at work keep theirs. */
void pipeline_swap(struct gate *, struct conf *);

/* The versions of what looks at content now, JSON: told by the master, kept in every record. */
void pipeline_engines_set(struct gate *, struct str json);
struct str pipeline_engines(struct gate *, struct pool *);

/* What the checks of the gate see of a connection or a transaction.; its DNS
 * questions come from pipeline_dns, which is NULL where nothing is asked. */
struct scan pipeline_scan(const struct gate *, const struct conf *, const struct session *, struct pool *,
    struct log_ctx);
struct dns_batch *pipeline_dns(const struct gate *, const struct conf *, struct pool *);
/* Wait for the open questions of a batch as long as a phase may, from now on. */
void pipeline_again(const struct conf *, struct dns_batch *);
/* What is asked for the first time from now on has as long as a phase may; what was asked does not wait longer. */
void pipeline_later(const struct conf *, struct dns_batch *);
/* For the keys of signatures; asks nothing when no check wants to know. */
void pipeline_keys(const struct conf *, struct pool *, struct dns_batch *, struct keys *);
/* A phase asks what its checks will read. */
void pipeline_ask(const struct conf *, enum phase, struct scan *);

/* Run the checks of an SMTP phase; findings are added to `report`, which later joins the
 * message's. Policy is asked apart, with policy_decide_early: not every phase has an answer. */
void pipeline_phase(const struct conf *, enum phase, struct scan *, struct report *);

/* Add the findings and unscanned entries of an earlier report; its parts are not meant. */
void pipeline_join(struct report *into, const struct report *from);

/* A message at its end, and what is known of it by then. */
struct pipeline_in {
	const struct conf *conf;
	const struct session *session;
	const struct spool *spool;	/* finished */
	const struct report *before;	/* findings of the earlier phases, or NULL */
	struct dns_batch *dns;		/* of the transaction, or NULL */
	struct keys *keys;		/* of the signatures; or NULL */
	bool body;			/* the digest of the body is wanted */
	struct auth_facts *auth;	/* what the earlier phases proved, completed here; or NULL */
	struct standing *standing;	/* the same of the client; or NULL */
	bool again;			/* the end of a hold */
	bool dry;			/* asked by the operator: nothing is counted or remembered */
	struct pool *pool;		/* of the results */
	struct log_ctx lc;
};

/* Scan, look up, decide. */
void pipeline_message(struct gate *, const struct pipeline_in *, struct result *out);

/* A message whose outcome is to be carried out. */
struct pipeline_edit_in {
	const struct conf *conf;
	const struct session *session;
	const struct spool *spool;
	const struct result *result;
	struct str record;		/* id of its record, for the tokens of links; or empty */
	struct pool *pool;
	struct log_ctx lc;
};

/* Replace the parts that policy wants out, change its links, and scan what comes out: only when policy
 * wants no more of it does it go on. message: a sealed file with the new message, the caller's to close;
 * its body begins at `body`; headers: top fields to change. RC_NONE: there is nothing to change. RC_TEMP: not
 * possible, `why` says it, and the message must not go on as it is. */
struct pipeline_edit {
	int message;
	uint64_t body;
	uint32_t links;				/* places that lead elsewhere or nowhere now */
	const struct edit_header *headers;
	size_t n_headers;
	unsigned char digest[HASH_SHA256_BYTES];	/* SHA-256 of the new body, relaxed */
	struct str why;
};
enum rc pipeline_edit(struct gate *, const struct pipeline_edit_in *, struct pipeline_edit *out) MUST_CHECK;

/* Count, and write the one line of the message. */
void pipeline_done(struct gate *, const struct session *, const struct spool *, struct log_ctx,
    const struct result *);

#endif
