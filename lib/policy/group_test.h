/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* group_test.h - the conditions of groups: a table for each kind of group, for reading and matching
 *
 * Input    a value of the operator; facts about a client
 * Units    reputation in tenths
 * Limits   none
 * Memory   values borrow from the text
 * Errors   parse: false, the row's `value` says what it should be
 * Threads  constants only
 * Source   groups.h
 */
#ifndef POLICY_GROUP_TEST_H
#define POLICY_GROUP_TEST_H

#include "policy/groups.h"

struct group_value {
	struct str text;
	struct ip_net net;
	int64_t low, high;		/* a range; one number is both */
	bool none;			/* the word "none": the fact is missing */
	const void *set;		/* what group_kind.value made of it */
};

struct group_cond {
	const char *name;		/* "network" */
	const char *value;		/* for the manual and for errors */
	const char *help;
	bool (*parse)(struct str, struct group_value *);
	bool (*holds)(const struct group_facts *, const struct group_value *);
	bool asks;			/* a server, perhaps: only when all others hold */
};

struct group_test {
	const struct group_cond *cond;
	const struct group_value *values;	/* one must hold */
	size_t n;
};

extern const struct group_cond group_conds[];	/* of sender groups; ended by a row without name */

/* What differs between files of sender groups and of recipient groups. */
struct group_kind {
	const struct group_cond *conds;
	/* A policy: word, flow and policy of the group. False: `why` says what is possible. */
	bool (*policy)(void *arg, struct str word, struct group *, struct buf *why);
	/* More than its text is wanted of a value; NULL: never. False: `why`. */
	bool (*value)(void *arg, const struct group_cond *, struct group_value *, struct buf *why);
	void *arg;
};
void groups_read(struct pool *, const char *file, struct str text, struct conf_errors *, const struct group_kind *,
    struct groups *out);
/* The first line that holds, or NULL. When nobody could say whether a line holds it is that one, and *open; facts->open
 * is set for the conditions, if some of them ask. */
const struct group *groups_first(const struct groups *, const struct group_facts *, bool *open);

#endif
