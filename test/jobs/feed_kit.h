/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* feed_kit.h - a table of indicators from a few lines, for tests
 *
 * Input    lines "FEED KIND CLASS POINTS deny|allow VALUE"
 * Units    none
 * Limits   KIT_ENTRIES
 * Memory   none kept
 * Errors   false: a line is wrong, or the file cannot be written
 * Threads  none
 * Source   jobs/feed_read.h
 */
#ifndef TEST_JOBS_FEED_KIT_H
#define TEST_JOBS_FEED_KIT_H

#include "conf/value.h"
#include "jobs/feed_read.h"

enum { KIT_ENTRIES = 1000 };

static struct str
kit_word(struct str *rest)
{
	size_t n = str_chr(*rest, ' ');
	struct str word = str_upto(*rest, n);

	*rest = n == STR_NPOS ? STR_NONE : str_trim(str_from(*rest, n));
	return word;
}

static bool
kit_source(struct indicators_build *b, const struct indicators_source *row, struct vec *names, struct pool *pool,
    uint16_t *out)
{
	struct str *name = names->items;

	for (size_t i = 0; i < names->n; i++) {
		if (str_eq(name[i], str_of(row->name))) {
			*out = (uint16_t)i;
			return true;
		}
	}
	*(struct str *)vec_push(pool, names, sizeof(struct str)) = pool_str(pool, str_of(row->name));
	return indicators_build_source(b, row, out) == RC_OK;
}

static bool
kit_line(struct indicators_build *b, struct pool *pool, struct vec *names, struct str line)
{
	struct indicators_source row = { .expires_ms = 0 };
	struct feed f = { .kind = -1, .confidence = 100 };
	struct indicator i;
	struct str name = kit_word(&line), kind;
	uint16_t source;

	snprintf(row.name, sizeof(row.name), "%.*s", STR_ARG(name));
	kind = kit_word(&line);
	for (int k = 0; k < INDICATOR_KINDS; k++)
		if (str_eq(kind, str_of(indicator_kind_name((enum indicator_kind)k))))
			f.kind = k;
	if (f.kind < 0 || !class_parse(kit_word(&line), &f.class) || !value_score(kit_word(&line), &f.score))
		return false;
	row.score = (int32_t)f.score;
	row.allow = str_eq(kit_word(&line), STR("allow"));
	if (!kit_source(b, &row, names, pool, &source) || feed_value(pool, &f, line, &i) != RC_OK)
		return false;
	i.first_ms = 1000;
	return indicators_build_add(b, source, &i) == RC_OK;
}

__attribute__((unused)) static bool
kit_table(const char *path, struct str lines)
{
	struct indicators_build *b = indicators_build_new(KIT_ENTRIES);
	struct pool *pool = pool_new(0);
	struct vec names = { .n = 0 };
	struct str line;
	size_t entries;
	bool good = true;

	while (str_next(&lines, '\n', &line))
		if (line.n)
			good = kit_line(b, pool, &names, line) && good;
	good = good && indicators_build_write(b, path, NULL, &entries) == RC_OK;
	indicators_build_free(&b);
	pool_free(&pool);
	return good;
}

#endif
