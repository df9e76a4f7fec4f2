/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* rules.h - the ways of `sekimorictl rules`
 *
 * Input    rule files of the operator; for rules_test also mails, which a sandboxed worker reads
 * Units    microseconds
 * Limits   those of the configuration
 * Memory   none kept
 * Errors   exit status: lint 0 or EX_DATAERR; test 0 something hit, 1 nothing, 2 error; list sysexits(3)
 * Threads  one
 * Source   sekimori-rules(5)
 */
#ifndef CTL_RULES_H
#define CTL_RULES_H

#include <stdbool.h>

#include "files.h"

struct rules_order {
	const char *config;
	bool json;
	struct files files;
};

int rules_lint(const struct rules_order *);
int rules_test(const struct rules_order *);
int rules_list(const struct rules_order *);

/* Is that a rule file, by its name? */
bool rules_is_file(const char *path);

#endif
