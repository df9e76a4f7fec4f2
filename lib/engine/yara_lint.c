/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/fdio.h"
#include "engine/yara_engine.h"

enum { RULE_FILE_MAX = 64 * 1024 * 1024 };

static bool
has_meta(YR_RULE *rule, const char *name)
{
	YR_META *m;

	yr_rule_metas_foreach(rule, m)
		if (str_eq(str_of(m->identifier), str_of(name)))
			return true;
	return false;
}

static void
complain(struct buf *out, const char *path, size_t line, const YR_RULE *rule, const char *what)
{
	buf_printf(out, "%s:%zu: %s%s\n", path, line, what, rule->identifier);
}

static bool
lint_rule(struct pool *pool, const char *path, struct str text, YR_RULE *rule, struct buf *errors)
{
	struct yara_rule meta;
	struct buf why;
	size_t line = yara_line_of(text, "rule", str_of(rule->identifier));
	bool good;

	if (RULE_IS_PRIVATE(rule))
		return true;	/* never reported, so its meta does not matter */
	buf_init(&why, 1024);
	good = yara_meta(pool, rule, &meta, &why);
	if (!good)
		buf_printf(errors, "%s:%zu: rule %s: %s\n", path, line, rule->identifier, buf_cstr(&why));
	buf_clear(&why);
	if (!has_meta(rule, "class"))
		complain(errors, path, line, rule, "warning: no class, it counts as malware with 10 points: rule ");
	else if (!has_meta(rule, "score"))
		complain(errors, path, line, rule, "warning: no score, it counts 10 points: rule ");
	if (!meta.description.n)
		complain(errors, path, line, rule, "warning: no description: rule ");
	return good;
}

enum rc
yara_lint(const char *path, struct opt_list modules, struct buf *errors)
{
	struct pool *pool;
	struct buf text;
	YR_RULES *rules;
	YR_RULE *rule;
	bool good;

	if (yr_initialize() != ERROR_SUCCESS)
		return RC_BAD;
	rules = yara_compile(&path, 1, NULL, modules, errors, errors);
	good = rules != NULL;
	pool = pool_new(0);
	buf_init(&text, RULE_FILE_MAX);
	if (rules && fdio_read_file(path, &text) == RC_OK) {
		yr_rules_foreach(rules, rule)
			good &= lint_rule(pool, path, buf_str(&text), rule, errors);
	}
	if (rules)
		yr_rules_destroy(rules);
	buf_clear(&text);
	pool_free(&pool);
	yr_finalize();
	return good ? RC_OK : RC_BAD;
}
