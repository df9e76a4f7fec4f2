/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* answers.h - what was answered, for a while
 *
 * Input    questions, also of strangers
 * Units    milliseconds, monotonic
 * Limits   `max` answers given at answers_new; among eight the one that ends first makes room
 * Memory   32 bytes an answer: not the question is kept, but 128 bits of a keyed hash of it
 * Errors   none
 * Threads  the caller's lock
 * Source   SipHash (base/hash.h): who does not know the key cannot choose what is thrown out
 */
#ifndef RECIPIENT_ANSWERS_H
#define RECIPIENT_ANSWERS_H

#include "base/rc.h"
#include "base/str.h"

struct answers;

struct answers *answers_new(size_t max);
void answers_free(struct answers **);
void answers_put(struct answers *, struct str question, enum rc, int64_t until_ms);
/* False: none that still holds. One that is over since less than stale_ms sets *rc all the same, and *known. */
bool answers_get(const struct answers *, struct str question, int64_t now_ms, int64_t stale_ms, enum rc *rc,
    bool *known);

#endif
