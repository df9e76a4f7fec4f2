/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* parties.h - recipients of one message that get the same: who stays in the transaction, and what becomes of the others
 *
 * Input    a report, recipients, the policy of each of them
 * Units    none
 * Limits   one party for each recipient at most
 * Memory   in the given pool
 * Errors   none: every recipient is in exactly one party, and there is always one party, also without recipients
 * Threads  reentrant
 * Source   RFC 5321 has one answer for all recipients of a message. Where their outcomes differ the largest party that
 *          is delivered to stays, and the answer is theirs; tempfail of one party is the answer for all, as they come again
 *          together; what is to be refused for a part of them only is kept, as there is nobody to tell. A message that is
 *          not there as a whole can be neither copied nor kept: the strongest outcome is that of all
 */
#ifndef GATE_PARTIES_H
#define GATE_PARTIES_H

#include "conf/conf.h"
#include "gate/result.h"

struct rcpt_policy;

enum party_fate {
	PARTY_STAYS,			/* it gets the answer, and the message as the MTA has it */
	PARTY_COPIED,			/* it gets a copy of its own, out of the transaction */
	PARTY_KEPT,			/* nothing: it is in the quarantine */
	PARTY_DROPPED			/* nothing: policy discards it */
};

struct party {
	const struct rcpt_policy *policy;	/* of the first of them; NULL: that of the main configuration */
	struct outcome outcome;
	const size_t *rcpts;		/* indices into the recipients of the session, in order */
	size_t n;
	enum party_fate fate;
	unsigned changed;		/* enum modification bits of what it is given, once that is known */
};

const char *party_fate_name(enum party_fate);
/* Do its recipients get the message? */
bool party_is_served(const struct outcome *);

/* Decide for all: fills in outcome (that of the party that stays), parties and n_parties of the result. failed: there
 * is no report, and why. */
struct parties_in {
	const struct conf *conf;
	const struct session *session;
	bool failed;
	bool again;			/* the end of a hold: who sent it was told long ago that we have it */
	bool whole;			/* the message is there as a whole: it can be copied and kept */
	struct str why;
	struct recipients *recipients;	/* what tables of recipient groups are asked by, or NULL */
	struct pool *pool;
};
void parties_decide(const struct parties_in *, struct result *);

/* The result's outcome may have changed since, as an edit was not possible; this is what those who stay are given. When
 * it is deferred now, that is so for all; when it is refused, and there are others, it is quarantined. */
void parties_stay(struct result *, unsigned changed);

/* The party of a recipient. Never NULL after parties_decide for an index of the session. */
const struct party *parties_of(const struct result *, size_t rcpt);

#endif
