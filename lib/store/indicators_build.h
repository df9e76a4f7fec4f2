/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* indicators_build.h - make the file of all indicators
 *
 * Input    sources and what they have, any order, duplicates allowed
 * Units    milliseconds since 1970; points in tenths
 * Limits   INDICATORS_SOURCES sources, `max` entries
 * Memory   of its own, about 60 bytes an entry and its text
 * Errors   RC_LIMIT: no more room, what came before counts. RC_BAD: no such key. Writing: RC_TEMP
 * Threads  none
 * Source   indicators_file.h. A reader of another format (MISP, STIX) fills the same struct indicator
 *
 * An indicator that the table before had from the same source keeps the time it was first seen.
 */
#ifndef STORE_INDICATORS_BUILD_H
#define STORE_INDICATORS_BUILD_H

#include "store/indicators_file.h"

struct indicator {
	enum indicator_kind kind;
	struct ip_net net;		/* INDICATOR_IP */
	struct str value;		/* others: domain (A-labels, two at least), mailbox, 32 bytes, text of url_key.h */
	enum class class;
	unsigned confidence;		/* 0 to 100 */
	int64_t first_ms, expires_ms;	/* expires_ms 0: with its source */
};

struct indicators_build;

struct indicators_build *indicators_build_new(size_t max);
void indicators_build_free(struct indicators_build **);
/* Index of the new source in *out. n_entries is filled in. */
enum rc indicators_build_source(struct indicators_build *, const struct indicators_source *, uint16_t *out) MUST_CHECK;
enum rc indicators_build_add(struct indicators_build *, uint16_t source, const struct indicator *) MUST_CHECK;
/* before: the table in force, or NULL. entries: how many are in the file. */
enum rc indicators_build_write(struct indicators_build *, const char *path, const struct indicators_table *before,
    size_t *entries) MUST_CHECK;

#endif
