/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* rules_lint.c - what is wrong with rule files: everything, with line and reason */
#include <stdio.h>
#include <sysexits.h>

#include "conf_file.h"
#include "engine/engine.h"
#include "engine/yara.h"
#include "notice.h"
#include "rules.h"

bool
rules_is_file(const char *path)
{
	return str_ends_nocase(str_of(path), STR(".yar")) || str_ends_nocase(str_of(path), STR(".yara"));
}

/* Folders bring files of all kinds; a file named by itself is taken as it is. */
static bool
lint_one(const char *path, struct opt_list modules)
{
	struct buf errors;
	enum rc rc;

	buf_init(&errors, CONF_FILE_ERRORS);
	rc = yara_lint(path, modules, &errors);
	notice_lines(buf_str(&errors));
	if (rc == RC_NONE || (rc != RC_OK && errors.n == 0))
		notice("%s: cannot be read", path);
	buf_clear(&errors);
	return rc == RC_OK;
}

int
rules_lint(const struct rules_order *order)
{
	const struct engine_conf *ec;
	struct conf *conf;
	size_t bad = order->files.errors, seen = 0;
	int status = conf_file_open(order->config, &conf);

	if (status != 0)
		return status;
	ec = conf_values(conf, &engine_table);
	for (size_t i = 0; i < order->files.n; i++) {
		if (order->files.n > 1 && !rules_is_file(order->files.path[i]))
			continue;
		seen++;
		bad += !lint_one(order->files.path[i], ec->yara_modules);
	}
	conf_put(&conf);
	if (seen == 0)
		notice("no rule file among them (*.yar, *.yara)");
	else
		printf("%zu files, %zu with errors\n", seen, bad);
	return bad || seen == 0 ? EX_DATAERR : 0;
}
