/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* merge.h - bring records into a store that may have some of them already, and may know more about them
 *
 * Input    records as wholes, by id ascending
 * Units    milliseconds
 * Limits   MERGE_BATCH records and events of one commit
 * Memory   none kept
 * Errors   RC_TEMP: the store does not take them; what it took before stays, and the same again goes on from there
 * Threads  one; others may write to the same store
 * Source   a record that is not there is put as it is; events are added; a recipient's state changes only
 *          as MERGE_* says, and only if nobody else changes it at the same moment (records_move)
 */
#ifndef STORE_MERGE_H
#define STORE_MERGE_H

#include "store/bodies.h"
#include "store/records_ops.h"

enum { MERGE_BATCH = 512 };

enum merge_how {
	MERGE_RESTORE,		/* only on: held, on its way, released, deleted or expired; never back */
	MERGE_FOLLOW		/* whatever is later: the source is where mail is handled now */
};

struct merge_count {
	uint64_t records, events;	/* that came from the source */
	uint64_t new_records;		/* were not there */
	uint64_t moved;			/* recipients whose state was brought on */
	uint64_t kept;			/* recipients of whom the store knows more */
	uint64_t refused;		/* records and events that the store will never take */
};

enum rc merge_records(struct records *to, const struct records_whole *, size_t n, enum merge_how, struct merge_count *)
    MUST_CHECK;

/* What `from` has and `to` has not, or otherwise, one after the other. each: after each page, or NULL. */
enum rc merge_all(struct records *from, struct records *to, struct merge_count *,
    void (*each)(void *arg, const struct merge_count *), void *arg) MUST_CHECK;

/* Record by record: do both have the same? */
struct merge_check {
	uint64_t from, to, differ;	/* records of both; differ: those that only one has, or otherwise */
	char first[RECORD_ID + 1];	/* of those that differ */
};
enum rc merge_compare(struct records *from, struct records *to, struct merge_check *,
    void (*each)(void *arg, const struct merge_check *), void *arg) MUST_CHECK;

/* Messages that `from` keeps and `to` has not. RC_BAD: some are damaged and stay where they are, the others are copied. */
struct merge_bodies {
	uint64_t bodies;		/* of the source */
	uint64_t copied, missing;	/* missing: at the end, or when nothing is copied */
	uint64_t damaged, differ;
};
enum rc merge_bodies(struct bodies *from, struct bodies *to, struct merge_bodies *,
    void (*each)(void *arg, const struct merge_bodies *), void *arg) MUST_CHECK;
/* Byte for byte: nothing is written. */
enum rc merge_bodies_compare(struct bodies *from, struct bodies *to, struct merge_bodies *,
    void (*each)(void *arg, const struct merge_bodies *), void *arg) MUST_CHECK;

#endif
