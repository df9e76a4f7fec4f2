/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/refusals.h"

#include "base/ascii.h"
#include "gate/session.h"

enum { ID_MIN = 4 };

struct str
refusals_path(struct pool *pool, struct str state_dir)
{
	return pool_printf(pool, "%.*s/refusals.jsonl", STR_ARG(state_dir));
}

void
refusals_keep(struct journal *journal, const struct result_where *where, const struct result *result)
{
	struct buf line;

	if (!journal)
		return;
	buf_init(&line, JOURNAL_LINE);
	result_json(&(struct result_json){ .file = STR_NONE, .result = result, .us = (int64_t)result->ms * 1000,
	    .explain = true, .where = where }, &line);
	if (!line.full)
		journal_put(journal, buf_str(&line));
	buf_clear(&line);
}

/* Queue ids of Postfix and Sendmail, and our own: letters, digits, '-' and '_'. */
bool
refusals_is_id(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum((unsigned char)s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return s.n >= ID_MIN && s.n < SESSION_ID;
}
