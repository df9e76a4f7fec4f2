/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* groups.h - sender groups: who a client is, in the operator's words
 *
 * Input    the file that the option sender_groups names: text of the operator. Facts about a
 *          client, some of them its own claims: HELO, envelope sender
 * Units    reputation in tenths
 * Limits   GROUPS_LINES lines, GROUPS_VALUES values of one condition
 * Memory   lives in the given pool, which is that of the configuration
 * Errors   groups_parse notes every error as file:line: key: reason, and goes on
 * Threads  a set never changes
 * Source   Cisco AsyncOS, the Host Access Table: ordered, the first match wins.
 *          Each line is NAME POLICY CONDITION=VALUE,VALUE ...; all conditions of a line must hold,
 *          of the values of a condition one. A name may have several lines
 */
#ifndef POLICY_GROUPS_H
#define POLICY_GROUPS_H

#include "conf/files.h"
#include "conf/networks.h"
#include "scan/auth.h"
#include "scan/session.h"
#include "scan/standing.h"

enum { GROUPS_LINES = 10000, GROUPS_VALUES = 10000, GROUP_NAME = 64 };

struct rcpt_policy;			/* rcpt_groups.h */

struct group {
	struct str name;
	const char *word;		/* its policy as errors say it */
	enum flow flow;			/* of a sender group */
	const struct rcpt_policy *policy;	/* of a recipient group; NULL: that of the main configuration */
	bool goes_on;			/* CONTINUE: the lines below decide */
	size_t line;
	const struct group_test *tests;	/* all must hold; none: everybody */
	size_t n_tests;
};

struct groups {
	const struct group *item;	/* in the order of the file */
	size_t n;
};

/* What a condition looks at. auth and standing may be NULL: nothing is known. */
struct group_facts {
	const struct session *session;
	const struct standing *standing;
	const struct auth_facts *auth;
	struct ip ip;			/* of the client; groups_match fills it in */
	bool has_ip;
	const struct rcpt_facts *rcpt;	/* of recipient groups, which look at nothing else */
	bool *open;			/* set by a condition that got no answer; NULL: all of them know */
};

void groups_parse(struct pool *, const char *file, struct str text, struct conf_errors *, struct groups *out);
/* The first group that matches, or NULL. */
const struct group *groups_match(const struct groups *, const struct group_facts *);

/* Conditions for the manual: row i or false. */
bool groups_describe(size_t i, const char **name, const char **value, const char **help);

/* The options sender_groups and trusted_relays. */
struct senders_conf {
	struct str file;
	struct groups groups;
	struct networks relays;		/* our own or our provider's servers in front of this one */
};
extern const struct opt_table senders_table;

/* Does this connection come from a relay that only passes on what others sent? */
bool senders_relayed(const struct senders_conf *, const struct session *);

#endif
