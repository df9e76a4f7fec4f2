/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* group_test.h - the conditions of sender groups: one table for reading and matching
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
};

struct group_cond {
	const char *name;		/* "network" */
	const char *value;		/* for the manual and for errors */
	const char *help;
	bool (*parse)(struct str, struct group_value *);
	bool (*holds)(const struct group_facts *, const struct group_value *);
};

struct group_test {
	const struct group_cond *cond;
	const struct group_value *values;	/* one must hold */
	size_t n;
};

extern const struct group_cond group_conds[];	/* ended by a row without name */

#endif
