/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* clicked.h - tell the ledger of clicks, without making anybody wait
 *
 * Input    clicks of clicklog.h
 * Units    milliseconds
 * Limits   CLICKED_QUEUE clicks wait; those beyond are not told
 * Memory   copies until they are told
 * Errors   none: a ledger that does not answer misses clicks; clicks.jsonl has them
 * Threads  any; one of its own does the writing
 * Source   store/records.h. Only links whose token names a record: those of mail that was sent before the ledger do not
 */
#ifndef WEB_CLICKED_H
#define WEB_CLICKED_H

#include "conf/conf.h"
#include "store/records.h"
#include "web/clicklog.h"

enum { CLICKED_QUEUE = 1024 };

struct clicked;

struct clicked *clicked_open(struct records *, int64_t deadline_ms);
/* Tells what waits. */
void clicked_close(struct clicked **);
/* NULL: there is no ledger. click.privacy says what is left out. */
void clicked_put(struct clicked *, const struct conf *, const struct clicklog_click *);

#endif
