/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* quarantine.h - which quarantine a message belongs to, how long it stays there, who may do what
 *
 * Input    an outcome; the options quarantine.*
 * Units    milliseconds
 * Limits   none
 * Memory   constants
 * Errors   none
 * Threads  reentrant
 * Source   store/quarantine_kind.list; Cisco Secure Email: policy, virus, spam and outbreak quarantines have a
 *          retention each; Trend Micro Email Security: what people may do depends on the reason
 */
#ifndef POLICY_QUARANTINE_H
#define POLICY_QUARANTINE_H

#include "policy/policy.h"
#include "store/record.h"

enum quarantine_where { QUARANTINE_STORE, QUARANTINE_MTA };
enum quarantine_originals { ORIGINALS_NO, ORIGINALS_STRIP, ORIGINALS_CHANGED };
/* What people may do with their own mail; each includes those before. */
enum quarantine_users { USERS_NONE, USERS_VIEW, USERS_RELEASE };

struct quarantine_conf {
	int where;			/* enum quarantine_where */
	int originals;			/* enum quarantine_originals */
	struct {
		int64_t keep_ms;
		int users;		/* enum quarantine_users */
	} kind[QUARANTINE_KINDS];
};
extern const struct opt_table quarantine_table;

/* Is the message kept from its recipients? */
bool quarantine_holds(const struct outcome *);
/* By what decided: the class, or what could not be looked at. */
enum quarantine_kind quarantine_of(const struct outcome *);

#endif
