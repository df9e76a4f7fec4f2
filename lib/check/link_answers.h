/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* link_answers.h - what services answered about links, for a while
 *
 * Input    keys, chosen by nobody outside: a keyed hash of a question
 * Units    milliseconds on the monotonic clock
 * Limits   LINK_SERVICE_KEPT answers; the one that ends first makes place
 * Memory   one table in the pool, as large when it is empty
 * Errors   NULL: all places where it may stand have questions that are open
 * Threads  one at a time
 * Source   none
 */
#ifndef CHECK_LINK_ANSWERS_H
#define CHECK_LINK_ANSWERS_H

#include "base/hash.h"
#include "base/pool.h"
#include "check/link_service_rows.h"

struct link_answer {
	unsigned char key[HASH_SHA256_BYTES];
	enum { ANSWER_FREE, ANSWER_OPEN, ANSWER_KNOWN } state;
	enum service_outcome outcome;
	bool late;			/* open, and somebody waited in vain */
	int64_t until_ms;		/* open: how long it is waited for; known: how long it is believed */
	char found[LINK_SERVICE_FOUND];
};

struct link_answers;

struct link_answers *link_answers_new(struct pool *);
/* NULL: nothing is there, or it is too old. */
struct link_answer *link_answers_find(struct link_answers *, const unsigned char key[HASH_SHA256_BYTES], int64_t now_ms);
/* A new one with this key, open. */
struct link_answer *link_answers_add(struct link_answers *, const unsigned char key[HASH_SHA256_BYTES], int64_t now_ms);

#endif
