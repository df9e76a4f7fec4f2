/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* rcpt_groups.h - recipient groups: whose mail is judged by which policy
 *
 * Input    the file that the option recipient_groups names, policies beside it, lists: text of the operator. Addresses
 *          as clients say them
 * Units    percent
 * Limits   those of groups.h; RCPT_POLICIES policies
 * Memory   lives in the configuration
 * Errors   every one is noted as file:line: key: reason, and reading goes on. A table that does not answer:
 *          recipient_groups_unanswered
 * Threads  a set never changes
 * Source   Cisco AsyncOS, incoming mail policies: ordered, the first match wins. Each line is
 *          NAME POLICY CONDITION=VALUE,VALUE ..., as in groups.h
 */
#ifndef POLICY_RCPT_GROUPS_H
#define POLICY_RCPT_GROUPS_H

#include "policy/group_test.h"
#include "recipient/recipients.h"

enum { RCPT_POLICIES = 100, RCPT_POLICY_NAME = 64 };

/* What a policy says lies over the main configuration: `conf` is that configuration but for options of policy and
 * links. */
struct rcpt_policy {
	struct str name;
	struct conf *conf;
};

enum rcpt_unanswered { RCPT_UNANSWERED_TEMPFAIL, RCPT_UNANSWERED_NEXT };

struct rcpt_groups_conf {
	struct str file, presets;
	int unanswered;			/* enum rcpt_unanswered */
	struct groups groups;
	struct opt_list tables;		/* what conditions ask: the words of recipient/table.h */
};
extern const struct opt_table rcpt_groups_table;

/* Of whom a condition asks. */
struct rcpt_facts {
	struct recipient_address address;
	struct recipient_keys keys;	/* user+ext@domain, user@domain, @domain, then the domains above it: .example.org */
	struct recipients *recipients;	/* what tables are asked by; NULL: there is no answer */
};

struct rcpt_whose {
	const struct rcpt_policy *policy;	/* NULL: that of the main configuration */
	struct str group;		/* the name of the line, or empty */
	bool unanswered;		/* nobody could say whether that line holds: it is to be asked again later */
};
/* Whose policy holds for this recipient. recipients: NULL where nothing can be asked. */
void rcpt_groups_find(const struct conf *, struct recipients *, struct pool *, struct str address, struct rcpt_whose *out);
/* The configuration that holds for it: conf itself, or an overlay. */
const struct conf *rcpt_policy_conf(const struct conf *, const struct rcpt_policy *);
struct str rcpt_policy_name(const struct rcpt_policy *);	/* "default" for NULL */

extern const struct group_cond rcpt_conds[];
/* Conditions for the manual: row i or false. */
bool rcpt_groups_describe(size_t i, const char **name, const char **value, const char **help);

/* The place of an address among a hundred: 0 to 99, always the same. */
unsigned rcpt_percentile(const struct recipient_address *);
/* What the file of list= has: sorted, lower case. Appends struct str. RC_BAD: a line that is none, its number in *line. */
enum rc rcpt_list_parse(struct pool *, struct str text, struct opt_list *out, size_t *line) MUST_CHECK;

#endif
