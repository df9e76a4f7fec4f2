/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* All rule files as one set: a broken file is left out, the others serve. */
#include <stdlib.h>
#include <string.h>

#include "base/fdio.h"
#include "engine/files.h"
#include "engine/yara_engine.h"

enum { ERRORS_MAX = 256 * 1024, RULE_FILE_MAX = 64 * 1024 * 1024 };

struct load {
	const char **paths;
	bool *skip;
	size_t n, good;
	struct opt_list modules;
	struct buf *errors;
};

static void
refuse(struct load *l, size_t i)
{
	l->skip[i] = true;
	l->good--;
}

/* Compile every file by itself to learn which are broken. */
static void
sort_out(struct load *l)
{
	for (size_t i = 0; i < l->n; i++) {
		YR_RULES *rules = yara_compile(&l->paths[i], 1, NULL, l->modules, l->errors, NULL);

		if (rules)
			yr_rules_destroy(rules);
		else
			refuse(l, i);
	}
}

static YR_RULES *
compile_good(struct load *l)
{
	struct buf errors;
	YR_RULES *rules;

	buf_init(&errors, ERRORS_MAX);
	rules = yara_compile(l->paths, l->n, l->skip, l->modules, &errors, NULL);
	if (!rules && l->good == l->n) {
		sort_out(l);
		rules = yara_compile(l->paths, l->n, l->skip, l->modules, &errors, NULL);
	}
	buf_clear(&errors);
	return rules;
}

static void
say_bad_meta(struct load *l, const struct yara_rule *r, struct str why)
{
	struct buf text;

	buf_init(&text, RULE_FILE_MAX);
	if (fdio_read_file(r->file.p, &text) != RC_OK)
		buf_reset(&text);
	buf_printf(l->errors, "%s:%zu: rule %s: %.*s\n", r->file.p,
	    yara_line_of(buf_str(&text), "rule", r->name), r->name.p, STR_ARG(why));
	buf_clear(&text);
}

/* Read the meta of all rules. False: a file was refused for it, compile again. */
static bool
read_meta(struct load *l, struct yara *y)
{
	YR_RULE *rule;
	struct buf why;
	bool good = true;
	size_t i = 0;

	y->n_rules = 0;
	yr_rules_foreach(y->rules, rule)
		y->n_rules++;
	y->rule = pool_alloc(y->pool, y->n_rules * sizeof(*y->rule) + 1);
	y->scopes = 0;
	buf_init(&why, 1024);
	yr_rules_foreach(y->rules, rule) {
		buf_reset(&why);
		if (!yara_meta(y->pool, rule, &y->rule[i], &why)) {
			say_bad_meta(l, &y->rule[i], buf_str(&why));
			for (size_t k = 0; k < l->n; k++)
				if (!l->skip[k] && str_eq(str_of(l->paths[k]), y->rule[i].file))
					refuse(l, k);
			good = false;
		}
		if (!y->rule[i].private)
			y->scopes |= y->rule[i].scopes;
		i++;
	}
	buf_clear(&why);
	return good;
}

static bool
load(struct load *l, struct yara *y)
{
	y->rules = compile_good(l);
	if (!y->rules)
		return false;
	if (read_meta(l, y))
		return true;
	yr_rules_destroy(y->rules);
	y->rules = compile_good(l);
	return y->rules && read_meta(l, y);
}

/* Names that live as long as the set, not as long as libyara's tables. */
static void
own_names(struct yara *y)
{
	for (size_t i = 0; i < y->n_rules; i++) {
		y->rule[i].name = pool_str(y->pool, y->rule[i].name);
		y->rule[i].file = pool_str(y->pool, y->rule[i].file);
	}
}

enum rc
yara_open(struct opt_list paths, struct opt_list modules, struct log_ctx lc, struct yara **out,
    struct buf *errors)
{
	struct yara *y = calloc(1, sizeof(*y));
	const struct file *files;
	struct load l = { .modules = modules, .errors = errors };

	if (!y || yr_initialize() != ERROR_SUCCESS)
		abort();
	y->pool = pool_new(0);
	l.n = l.good = files_find(y->pool, paths, yara_extensions, &files);
	l.paths = pool_alloc(y->pool, l.n * sizeof(*l.paths) + 1);
	l.skip = pool_alloc(y->pool, l.n + 1);
	for (size_t i = 0; i < l.n; i++)
		l.paths[i] = files[i].path;
	if (!load(&l, y) || (l.n > 0 && l.good == 0)) {
		yara_close(&y);
		return RC_BAD;
	}
	own_names(y);
	y->n_files = l.good;
	y->n_refused = l.n - l.good;
	log_put(lc, LOG_LEVEL_INFO, "yara-loaded", LOG_NUM("files", l.good), LOG_NUM("refused", l.n - l.good),
	    LOG_NUM("rules", y->n_rules));
	*out = y;
	return RC_OK;
}

void
yara_close(struct yara **yp)
{
	struct yara *y = *yp;

	*yp = NULL;
	if (!y)
		return;
	if (y->scanner)
		yr_scanner_destroy(y->scanner);
	if (y->rules)
		yr_rules_destroy(y->rules);
	pool_free(&y->pool);
	free(y);
	yr_finalize();
}
