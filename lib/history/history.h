/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* history.h - what this site has seen of a client and a sender, and what it thinks of them
 *
 * Input    identities; counts of good and bad messages in counters.h; overrides of the operator
 * Units    tenths for reputations, milliseconds of wall clock that the caller gives
 * Limits   those of identity.h; HISTORY_LIST entries of a kind are listed
 * Memory   results live in the caller's pool; counters are borrowed
 * Errors   none: counters that fail are replaced by others (counters.h), no history is no reputation
 * Threads  any
 * Source   score.h for the arithmetic, identity.h for the names
 */
#ifndef HISTORY_HISTORY_H
#define HISTORY_HISTORY_H

#include "history/geo.h"
#include "history/identity.h"
#include "history/overrides.h"
#include "scan/class.h"
#include "scan/standing.h"
#include "store/counters.h"

enum { HISTORY_LIST = 10000 };

struct history_conf {
	bool enable;
	int64_t half_life_ms, contact_ms;
	int64_t min_messages;		/* below, there is no reputation */
	int64_t bad, suspect, good;	/* tenths: up to, up to, from */
};
extern const struct opt_table history_table;	/* "reputation." */

struct history {
	struct counters *counters;	/* borrowed; NULL: nothing is remembered */
	struct geo *geo;
	struct overrides *overrides;
};

/* state_dir: where overrides are kept; empty: nowhere. */
struct history *history_new(struct counters *, const struct geo_conf *, struct str state_dir, struct log_ctx);
void history_free(struct history **);

/* What is known of one identity. */
struct history_line {
	struct identity who;
	double good, bad;		/* decayed to now */
	int64_t first_ms, last_ms;	/* 0: never */
	int tenths;			/* of this identity alone, with nothing inherited */
};

/* Read a moment ago, so that it need not be read again. */
struct history_known {
	int64_t at_ms;
	struct history_line line[IDENTITIES];
	size_t n;
};

struct history_question {
	const struct history_known *known;		/* or NULL */
	struct identities who;
	struct str contacts[IDENTITY_CONTACTS];		/* of identity_contacts, or none */
	size_t n_contacts;
};

struct history_view {
	struct history_line line[IDENTITIES];
	size_t n;
	bool known;			/* there is enough of it for a reputation, or an override */
	int tenths;
	enum band band;
	bool new_sender;		/* there is a network, and it was never seen */
	bool first_contact;		/* one of the contacts was never seen */
	bool overridden;
	struct override override;
};

/* Ask for identities of which some may be judged in a moment, in one call of the counters. */
const struct history_known *history_foresee(struct history *, const struct history_conf *, int64_t now_ms, struct pool *,
    const struct identities *);
/* Read all of it in one call of the counters, but what is known; and combine it. */
void history_judge(struct history *, const struct history_conf *, int64_t now_ms, struct pool *,
    const struct history_question *, struct history_view *out);
enum band history_band(const struct history_conf *, bool known, int tenths);

/* What came of a message, or of an attempt. */
struct history_event {
	struct history_question of;	/* its contacts are marked */
	double good, bad;
};
/* How much a message of a class weighs as a bad one; 0: says nothing about its sender. */
double history_weight(enum class);
/* All of it in one call of the counters. */
void history_learn(struct history *, const struct history_conf *, int64_t now_ms, const struct history_event *);

/* Forget an identity: an address is taken out of its network and system as well, a network with all that is
 * in it. True: there was something. Overrides stay. */
bool history_forget(struct history *, const struct history_conf *, int64_t now_ms, const struct identity *);

/* Entries of a kind, the worst first, up to `max`. */
size_t history_list(struct history *, const struct history_conf *, int64_t now_ms, enum identity_kind, struct pool *,
    struct history_line *out, size_t max);

#endif
