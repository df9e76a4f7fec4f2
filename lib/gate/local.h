/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* local.h - scan without a running gate: an own zygote, own sandboxed workers
 *
 * Input    a configuration; spooled messages
 * Units    milliseconds
 * Limits   those of the configuration
 * Memory   the engines live in the zygote; results in the caller's pool
 * Errors   local_open: RC_BAD the engines cannot be loaded or the canary failed, RC_TEMP the
 *          processes cannot be started; `errors` has a line for each reason
 * Threads  local_scan by any number of threads; the rest by one
 * Source   zygote.h, workers.h, pipeline.h
 */
#ifndef GATE_LOCAL_H
#define GATE_LOCAL_H

#include "gate/pipeline.h"

struct local;

/* A key and the value it shall have instead of the operator's, as a configuration file has it. */
struct local_override {
	const char *key, *value;
};

/* The same configuration with other values for some keys. Ends with a NULL key. */
enum rc local_conf(const struct conf *, const struct local_override *, struct conf **out,
    struct buf *errors) MUST_CHECK;

enum rc local_open(const struct conf *, struct log_ctx, struct local **out, struct buf *errors) MUST_CHECK;
/* Ends the zygote and every worker, wipes their folders. No local_scan may be under way. */
void local_close(struct local **);
/* The same while some are under way, for a process that ends now: frees nothing. */
void local_abort(struct local *);

const struct conf *local_snapshot(const struct local *);
/* As workers_preview; needs no engines. */
enum rc local_preview(struct local *, int fd, uint64_t size, struct workers_preview *, struct pool *, struct str *why)
    MUST_CHECK;
void local_scan(struct local *, const struct session *, const struct spool *, struct pool *, struct result *out);

#endif
