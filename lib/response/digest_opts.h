/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* digest_opts.h - options of digests: who gets one, when, in which language
 *
 * Input    words and a map of the operator; addresses of recipients
 * Units    milliseconds
 * Limits   of the rows
 * Memory   values live in the configuration; what the functions return is a slice of it or of the address
 * Errors   of the rows; of the map file as `file:line: key: reason`
 * Threads  reentrant
 * Source   none
 */
#ifndef RESPONSE_DIGEST_OPTS_H
#define RESPONSE_DIGEST_OPTS_H

#include "base/lang.h"
#include "base/vec.h"
#include "conf/opt.h"

enum digest_every { DIGEST_NEVER, DIGEST_RUN, DIGEST_HOURLY, DIGEST_DAILY, DIGEST_WEEKLY };

struct digest_conf {
	int every;			/* enum digest_every */
	int64_t hour;
	int weekday;			/* 0: Sunday */
	int64_t interval_ms, deadline_ms, pace_ms;
	int64_t max;			/* messages in one digest */
	struct str from, url;
	struct opt_list recipients, languages;
	struct str map;
	struct vec boxes;		/* of the map: struct digest_box */
};
struct digest_box {
	struct str who, to;		/* an address or "@domain"; the address where its digests go */
};
extern const struct opt_table digest_table;

/* Does digest.recipients name the address or its domain? */
bool digest_wanted(const struct digest_conf *, struct str address);
/* Who gets what is held for the address: by the map, or the address itself. */
struct str digest_owner(const struct digest_conf *, struct str address);
struct lang digest_language(const struct digest_conf *, struct str address);
/* The last moment, not after now, at which digests were to go out. */
int64_t digest_moment(const struct digest_conf *, int64_t now_ms);

#endif
