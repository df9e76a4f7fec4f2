/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* ledger.h - the record of a message: what it was, what was done with it, what is kept of it
 *
 * Input    a message at its end and what was decided; texts of mail, any bytes
 * Units    milliseconds
 * Limits   LEDGER_OBSERVABLES of a message; records.deadline_ms of the store
 * Memory   nothing is kept; the record lives in the transaction's pool
 * Errors   RC_TEMP: the store did not take it; what then is the caller's business (ledger.on_fail)
 * Threads  any
 * Source   store/records.h; the doc of a record is result_json.h's object with explanation and where, and "record",
 *          "node", "engines", "recipients". Keys and their order are a contract with users
 */
#ifndef GATE_LEDGER_H
#define GATE_LEDGER_H

#include "gate/pipeline.h"
#include "gate/result_json.h"
#include "policy/quarantine.h"
#include "store/bodies.h"
#include "store/ledger_opts.h"
#include "store/records.h"

enum { LEDGER_OBSERVABLES = 4000, LEDGER_DOC = 8 * 1024 * 1024 };

/* Do the times of quarantines and ledger go together? A line for each that does not, RC_BAD. */
enum rc ledger_try(const struct conf *, struct buf *errors) MUST_CHECK;
/* RC_BAD, RC_TEMP: `why`. */
enum rc ledger_open(const struct conf *, struct str state_dir, enum records_use, struct log_ctx, struct ledger_stores *out,
    struct buf *why) MUST_CHECK;
void ledger_close(struct ledger_stores *);

/* How the address or subject stands in the ledger: itself, or an alias that only this site can make. */
struct str ledger_address(const struct ledger_stores *, const struct ledger_conf *, struct pool *, struct str);
struct str ledger_subject(const struct ledger_stores *, const struct ledger_conf *, struct pool *, struct str);

struct ledger_in {
	const struct conf *conf;
	struct str id;			/* of the record */
	struct result_where where;
	const struct result *result;
	const struct standing *standing;
	struct str node;		/* of this machine, as its MTA says it */
	struct str engines;		/* versions of rules and databases, JSON; or empty */
	uint64_t size;
	const enum entry_state *states;	/* of its recipients; NULL: nothing is kept */
	int64_t now_ms;
	struct pool *pool;
};
enum rc ledger_put(const struct ledger_stores *, const struct ledger_in *) MUST_CHECK;

#endif
