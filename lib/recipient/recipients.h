/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* recipients.h - is this address for somebody here?
 *
 * Input    the argument of RCPT TO; tables, directories and servers that the operator names
 * Units    milliseconds; bits of addresses
 * Limits   conf.deadline_ms for one recipient, whatever it asks; RECIPIENTS_HOPS domain aliases in a row
 * Memory   one edition of all tables; the one before lives until its last question is answered
 * Errors   RECIPIENT_NO_ANSWER. RC_BAD: `why` has a line for each error; what served before goes on
 * Threads  any; _reload and _close by one thread at a time. One thread of its own looks for changed files
 * Source   Postfix ADDRESS_CLASS_README, ADDRESS_VERIFICATION_README
 */
#ifndef RECIPIENT_RECIPIENTS_H
#define RECIPIENT_RECIPIENTS_H

#include "base/log.h"
#include "base/pool.h"
#include "conf/opt.h"
#include "recipient/address.h"

enum { RECIPIENTS_HOPS = 5, RECIPIENTS_WAIT_MS = 300 };

enum recipient {
	RECIPIENT_OFF,		/* nothing is configured */
	RECIPIENT_KNOWN,
	RECIPIENT_UNKNOWN,	/* the domain is ours, the address is not */
	RECIPIENT_ELSEWHERE,	/* the domain is not ours */
	RECIPIENT_UNSURE,	/* the next server takes every address */
	RECIPIENT_NO_ANSWER,
	RECIPIENT_ANSWERS
};

/* What the check makes of it. */
struct recipients_rules {
	int64_t harvest_max;		/* unknown recipients of a client in an hour; 0: no limit */
	int harvest_action;		/* enum recipients_harvest */
	int64_t prefix4, prefix6;	/* bits of the address that make a client */
	int unanswered;			/* enum recipients_unanswered */
};
enum recipients_harvest { HARVEST_REJECT, HARVEST_DEFER };
enum recipients_unanswered { UNANSWERED_ACCEPT, UNANSWERED_TEMPFAIL };

struct recipients_conf {
	struct opt_list domains, local_domains, maps, callahead, always;
	struct opt_list groups;		/* tables that conditions of recipient groups name; no option of its own */
	struct str delimiter, helo;
	int64_t deadline_ms, threads, positive_ms, negative_ms, cache, retry_ms, catchall_ms, entries_max, poll_ms;
	struct recipients_rules rules;
};
extern const struct opt_table recipients_table;

struct recipients;

enum rc recipients_open(const struct recipients_conf *, struct log_ctx, struct recipients **out, struct buf *why)
    MUST_CHECK;
/* On RC_BAD the tables stay as they were. */
enum rc recipients_reload(struct recipients *, const struct recipients_conf *, struct buf *why) MUST_CHECK;
/* The same, by the thread of its own: tables may be large, and on disks that hang. Waits for it, but no
 * longer than RECIPIENTS_WAIT_MS; errors go to the log. */
void recipients_follow(struct recipients *, const struct recipients_conf *);
/* Read the files that changed, if any did; what the thread of its own does. */
void recipients_poll(struct recipients *);
void recipients_close(struct recipients **);
/* Are words and tables good? For configtest; asks no server. */
enum rc recipients_try(const struct recipients_conf *, struct buf *why) MUST_CHECK;

/* *by: which table or server said so, or why there is none; in the pool. NULL recipients: RECIPIENT_OFF. */
enum recipient recipients_find(struct recipients *, struct pool *, struct str address, struct str *by);
struct recipients_rules recipients_rules(struct recipients *);
/* Does a table of conf.groups know one of the keys? RC_NONE: it does not. RC_TEMP: it did not answer in time, or there is
 * no such table (any more). */
enum rc recipients_member(struct recipients *, struct str table, const struct recipient_keys *) MUST_CHECK;

/* A server that is asked whether it has a recipient. */
struct recipients_server {
	struct str where;		/* "host:port" */
	uint64_t asked, cached, failed;
	bool left_alone;		/* for a while, as it does not answer */
};

struct recipients_status {
	uint64_t answers[RECIPIENT_ANSWERS];
	size_t tables;			/* of domains, local domains, recipients and groups */
	uint64_t members, not_members, members_unanswered;	/* questions of recipient groups */
	bool files_are_bad;		/* they changed and cannot be read: the old tables serve */
	const struct recipients_server *server;
	size_t n_servers;
};
const char *recipient_name(enum recipient);	/* "no answer" */
/* NULL recipients: nothing is configured. */
void recipients_status(struct recipients *, struct pool *, struct recipients_status *out);

#endif
