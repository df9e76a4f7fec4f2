/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* overrides.h - reputations that the operator has set
 *
 * Input    identities of sekimorictl; the file of an earlier run
 * Units    tenths; milliseconds of wall clock
 * Limits   OVERRIDES_MAX of them
 * Memory   entries are copied; results live in the caller's pool
 * Errors   overrides_set: RC_LIMIT too many, RC_TEMP not written (then nothing changed), `why` says it.
 *          Lines of the file that cannot be read are logged and left out
 * Threads  any
 * Source   DIR/reputation, text: "kind name tenths set-ms until-ms" a line. Written anew with each change
 *          and renamed into place, before the operator is told that it is done. Of this node alone
 */
#ifndef HISTORY_OVERRIDES_H
#define HISTORY_OVERRIDES_H

#include "base/log.h"
#include "history/identity.h"

enum { OVERRIDES_MAX = 4096, OVERRIDES_BYTES = 4 * 1024 * 1024 };

struct override {
	struct identity who;		/* NET: of any size */
	int tenths;
	int64_t set_ms, until_ms;	/* until_ms 0: for ever */
};

struct overrides;

/* dir empty: they last as long as the process. */
struct overrides *overrides_new(struct str dir, struct log_ctx);
void overrides_free(struct overrides **);

/* The one that decides: of the address, else the smallest network around it, the autonomous system, a
 * domain, a HELO name. */
bool overrides_find(struct overrides *, int64_t now_ms, struct pool *, const struct identities *, struct override *out);
enum rc overrides_set(struct overrides *, int64_t now_ms, const struct override *, struct buf *why) MUST_CHECK;
/* RC_NONE: there was none. */
enum rc overrides_forget(struct overrides *, int64_t now_ms, const struct identity *, struct buf *why) MUST_CHECK;
size_t overrides_list(struct overrides *, int64_t now_ms, struct pool *, struct override *out, size_t max);

#endif
