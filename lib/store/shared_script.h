/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* shared_script.h - an operation as a script that Redis runs on one key, and its result
 *
 * Input    operations of counters.h; replies of the server, which may be any
 * Units    milliseconds; the server's clock counts, results come on the caller's
 * Limits   as tally.h
 * Memory   none kept
 * Errors   RC_BAD: the reply is none of this script's. RC_NONE: the server does not know the script.
 *          RC_TEMP: an error that says that the server does not serve
 * Threads  reentrant
 * Source   a key is a hash with the fields of struct tally: t(ype), w(indow), f(irst), l(ast), a, b.
 *          Needs Redis 5 for TIME in a script that writes
 */
#ifndef STORE_SHARED_SCRIPT_H
#define STORE_SHARED_SCRIPT_H

#include "store/shared_reply.h"
#include "store/tally.h"

struct shared_script {
	char sha[41];			/* SHA-1 in hexadecimal, by which EVALSHA knows it */
};

void shared_script_init(struct shared_script *);
/* Append the command; whole: with the text of the script, which the server then knows. */
void shared_script_put(struct buf *, const struct shared_script *, bool whole, struct str key,
    const struct counter_op *, int64_t skew_ms);
/* Fill in the results of `op` and what is now stored, both on the clock of now_ms. */
enum rc shared_script_take(const redisReply *, struct counter_op *, int64_t now_ms, struct tally *) MUST_CHECK;
/* The fields of a key as HMGET t w f l a b gives them. */
enum rc shared_script_fields(const redisReply *, struct tally *) MUST_CHECK;
extern const struct str shared_script_field[6];

#endif
