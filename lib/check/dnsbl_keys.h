/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dnsbl_keys.h - the keys of one list in a table
 *
 * Input    lines of the operator
 * Units    points in tenths
 * Limits   DNSBL_CODES of a list
 * Memory   in the pool of the table
 * Errors   collected as `file:line: key: reason`
 * Threads  one owner
 * Source   rules/lists/dns_lists.conf explains the keys
 */
#ifndef CHECK_DNSBL_KEYS_H
#define CHECK_DNSBL_KEYS_H

#include "check/dnsbl_lists.h"
#include "conf/source.h"

enum { DNSBL_WEIGHT = 10 };		/* factor 1 in tenths */

struct dnsbl_reading {
	struct pool *pool;
	struct conf_errors errors;
	struct vec lists;		/* struct dnsbl_list of all files */
	struct dnsbl_list *at;		/* the list whose keys are read */
	const struct conf_line *line;
};

/* An error in the line that is read. */
void dnsbl_key_error(struct dnsbl_reading *, const char *what, struct str word);
/* Any line but `list`. */
void dnsbl_key_take(struct dnsbl_reading *);

#endif
