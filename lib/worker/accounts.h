/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* accounts.h - what each YARA rule cost and hit: the worker's differences, the client's sums
 *
 * Input    accounts_delta: the engine's own numbers. accounts_add: what a worker said of them
 * Units    microseconds
 * Limits   ACCOUNTS_RULES rules; further ones are not counted
 * Memory   each keeps its texts until accounts_free
 * Errors   none
 * Threads  one owner; the client's are under its lock
 * Source   none
 */
#ifndef WORKER_ACCOUNTS_H
#define WORKER_ACCOUNTS_H

#include "base/pool.h"
#include "engine/yara.h"

enum { ACCOUNTS_RULES = 20000 };

struct accounts;

struct accounts *accounts_new(void);
void accounts_free(struct accounts **);

/* What changed since the last call (at the first: every rule), in `pool`. */
size_t accounts_delta(struct accounts *, struct pool *, const struct yara_rule_stat *now, size_t n,
    const struct yara_rule_stat **out);
/* Add differences; rules named from now on belong to `generation`. */
void accounts_add(struct accounts *, const struct yara_rule_stat *delta, size_t n, uint32_t generation);
/* The sums of the rules of that generation, copied into `pool`. */
size_t accounts_list(const struct accounts *, uint32_t generation, struct pool *,
    const struct yara_rule_stat **out);

#endif
