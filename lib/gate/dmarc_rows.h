/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dmarc_rows.h - what domain owners may be told about mail in their name
 *
 * Input    a message's proofs and its outcome
 * Units    days; seconds since 1970
 * Limits   dmarc.rows_max bytes a day
 * Memory   none kept
 * Errors   none: a row that cannot be kept is dropped, see store/journal.h
 * Threads  any
 * Source   RFC 9990: the names of the fields are those of its report
 *
 * One line a message in STATE_DIR/dmarc/YYYY-MM-DD.jsonl, of domains that ask for reports only. There are
 * domains in it, and the address of the client: no mailboxes, no subjects, no ids.
 */
#ifndef GATE_DMARC_ROWS_H
#define GATE_DMARC_ROWS_H

#include "conf/opt.h"
#include "policy/policy.h"
#include "scan/auth.h"
#include "scan/session.h"
#include "store/journal.h"

struct dmarc_rows_conf {
	int64_t keep_days, rows_max;
};
extern const struct opt_table dmarc_rows_table;

/* *out stays NULL when nothing is to be kept. */
enum rc dmarc_rows_open(const struct dmarc_rows_conf *, struct str state_dir, struct log_ctx,
    struct journal **out) MUST_CHECK;
/* False: no row; the domain wants no report, or nothing is known. */
bool dmarc_rows_format(const struct session *, const struct auth_facts *, const struct outcome *, int64_t now_sec,
    struct buf *out);
void dmarc_rows_keep(struct journal *, const struct session *, const struct auth_facts *, const struct outcome *);

#endif
