/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* record.h - what is remembered of a message: its record, its recipients, what happened since
 *
 * Input    filled in by the gate; texts are UTF-8 without NUL (record_text makes them so)
 * Units    milliseconds since 1970 UTC; bytes; score in tenths
 * Limits   RECORD_ID characters; RECORD_TEXT bytes of a column
 * Memory   plain data that borrows
 * Errors   none
 * Threads  plain data; record_id_make any
 * Source   entry_state.list, quarantine_kind.list
 *
 * An id is 20 characters: 10 of the time, 10 random, in the alphabet of Crockford's base32. Ids sort by time,
 * and the time says in which week's file a record is.
 */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "store/observable.h"

enum { RECORD_ID = 20, RECORD_ID_TIME = 10, RECORD_TEXT = 1024 };

enum entry_state {
#define ENTRY_STATE(id, name, help) ENTRY_##id,
#include "store/entry_state.list"
#undef ENTRY_STATE
	ENTRY_STATES
};

enum quarantine_kind {
#define QUARANTINE(id, name, keep, users, help) QUARANTINE_##id,
#include "store/quarantine_kind.list"
#undef QUARANTINE
	QUARANTINE_KINDS
};

struct record_rcpt {
	struct str address;
	struct str policy;		/* of its recipient group; empty: the site's */
	int outcome;			/* enum intercept */
	enum entry_state state;
	enum quarantine_kind kind;	/* unless state is NONE */
	int64_t expires_ms, changed_ms;	/* of the state */
};

struct record {
	struct str id;
	int64_t time_ms;
	struct str node;		/* name of the machine */
	struct str queue_id, message_id;
	struct str mail_from, from;	/* envelope; author */
	struct str subject, client, verdict;
	struct str findings;		/* "CLAMAV:Eicar-Signature SPF_FAIL", for reports */
	struct str group;		/* sender group */
	struct str body;		/* key of the original among the bodies; empty: not kept */
	uint64_t size;
	int64_t score;
	int outcome;			/* enum intercept, of those who stayed in the transaction */
	bool complete;
	struct str doc;			/* the whole explanation, JSON */
	const struct record_rcpt *rcpts;
	size_t n_rcpts;
	const struct observable *obs;
	size_t n_obs;
	const int64_t *prints;		/* more of them, as stores have them: their numbers (observable.h) */
	size_t n_prints;
};

/* Something that happened to a recorded message later. */
struct record_event {
	struct str id;
	int64_t time_ms;
	struct str kind;		/* "released", "deleted", "reported", "clicked", "expired" ... */
	struct str who;			/* "operator root", "job purge" */
	struct str rcpt;		/* or empty: of all */
	struct str detail;		/* in words, or JSON; may be empty */
};

void record_id_make(int64_t wall_ms, char out[RECORD_ID + 1]);
/* When it was made; false: it is no id. */
bool record_id_time(struct str id, int64_t *wall_ms);

/* UTF-8 that every store takes: invalid bytes and NUL become U+FFFD; cut at RECORD_TEXT. */
struct str record_text(struct pool *, struct str);
/* All texts of it so; what is not in order is copied. doc and detail are bytes to a store. */
void record_fit(struct pool *, struct record *);
void record_event_fit(struct pool *, struct record_event *);

/* Is its message to be kept? What is released can be reported until its time is over. */
bool record_keeps_body(const struct record *, int64_t now_ms);

const char *entry_state_name(enum entry_state);
const char *entry_state_help(enum entry_state);
const char *quarantine_name(enum quarantine_kind);
const char *quarantine_help(enum quarantine_kind);
bool entry_state_parse(struct str, enum entry_state *);
bool quarantine_parse(struct str, enum quarantine_kind *);

#endif
