/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* observable.h - what a message can be looked up by, years later: kind and value as one number
 *
 * Input    values of mail or of the operator; any bytes
 * Units    none
 * Limits   OBSERVABLE_WORDS words of a subject, OBSERVABLE_BYTES of a value count
 * Memory   words live in the given pool
 * Errors   none
 * Threads  reentrant
 * Source   observables.list. The number is the first 64 bits of SHA-256 over kind and value, big-endian: 10^9
 *          observables have one accidental pair in forty weeks' files
 *
 * Subjects are found by their words, and by pairs of characters where writing has no spaces: what is
 * looked for is cut the same way, and all pieces must be there.
 */
#ifndef STORE_OBSERVABLE_H
#define STORE_OBSERVABLE_H

#include <stdint.h>

#include "base/pool.h"
#include "base/vec.h"

enum observable_kind {
#define OBSERVABLE(id, name, form, help) OBS_##id,
#include "store/observables.list"
#undef OBSERVABLE
	OBS_KINDS
};

enum { OBSERVABLE_WORDS = 64, OBSERVABLE_BYTES = 4096 };

struct observable {
	enum observable_kind kind;
	struct str value;
};

const char *observable_name(enum observable_kind);
const char *observable_help(enum observable_kind);
/* False: no such kind. */
bool observable_parse(struct str name, enum observable_kind *out);

int64_t observable_number(const struct observable *);
/* Append the words of a subject to a vec of struct observable. */
void observable_subject(struct pool *, struct str subject, struct vec *out);
/* The same of what somebody looks for in a subject. */
void observable_asked(struct pool *, struct str text, struct vec *out);

#endif
