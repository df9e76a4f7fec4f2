/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* From rule files to rules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/fdio.h"
#include "engine/files.h"
#include "engine/yara_engine.h"

enum { RULE_FILE_MAX = 64 * 1024 * 1024, SCORE_DIGITS = 4 };

const char *const yara_extensions[] = { "yar", "yara", NULL };

const char *const yara_externals[] = {
	"part_name", "part_type", "part_scope", "part_id", "mail_from", "mail_from_domain",
	"mail_reply_to_domain", "mail_subject", "mail_envelope_from", "mail_client_addr", "mail_auth_dmarc",
	"filename", "filepath", "extension", "filetype", "owner", NULL
};

/* Where the messages of the compiler go. */
struct listener {
	const char *path;
	struct buf *errors, *warnings;
};

static void
on_message(int level, const char *file, int line, const YR_RULE *rule, const char *message, void *arg)
{
	struct listener *l = arg;
	struct buf *out = level == YARA_ERROR_LEVEL_ERROR ? l->errors : l->warnings;

	(void)file;
	(void)rule;
	if (out)
		buf_printf(out, "%s:%d: %s%s\n", l->path, line,
		    level == YARA_ERROR_LEVEL_ERROR ? "" : "warning: ", message);
}

static bool
add_file(YR_COMPILER *c, struct listener *l, const char *path)
{
	FILE *f = fopen(path, "re");
	int n;

	if (!f) {
		buf_printf(l->errors, "%s: cannot be read\n", path);
		return false;
	}
	l->path = path;
	n = yr_compiler_add_file(c, f, path, path);
	fclose(f);
	return n == 0;
}

static YR_COMPILER *
new_compiler(struct listener *l)
{
	YR_COMPILER *c;

	if (yr_compiler_create(&c) != ERROR_SUCCESS)
		return NULL;
	yr_compiler_set_callback(c, on_message, l);
	/* A rule file must not read other files. */
	yr_compiler_set_include_callback(c, NULL, NULL, NULL);
	for (size_t i = 0; yara_externals[i]; i++)
		if (yr_compiler_define_string_variable(c, yara_externals[i], "") != ERROR_SUCCESS) {
			yr_compiler_destroy(c);
			return NULL;
		}
	return c;
}

/* What the trial scan knows. */
struct trial {
	struct opt_list modules;
	struct buf *forbidden;		/* names, one a line */
};

/* A scan asks before it loads a module: the one sure list of what the rules import. */
static int
on_import(YR_SCAN_CONTEXT *context, int message, void *data, void *arg)
{
	struct trial *t = arg;
	const YR_MODULE_IMPORT *import = data;

	(void)context;
	if (message != CALLBACK_MSG_IMPORT_MODULE)
		return CALLBACK_CONTINUE;
	for (size_t i = 0; i < t->modules.n; i++)
		if (str_eq(t->modules.item[i], str_of(import->module_name)))
			return CALLBACK_CONTINUE;
	buf_printf(t->forbidden, "%s\n", import->module_name);
	return CALLBACK_ERROR;
}

static bool
imports_allowed(YR_RULES *rules, struct opt_list modules, struct buf *forbidden)
{
	struct trial t = { modules, forbidden };
	const uint8_t nothing[1] = { 0 };

	(void)yr_rules_scan_mem(rules, nothing, sizeof(nothing), SCAN_FLAGS_NO_TRYCATCH, on_import, &t, 1);
	return forbidden->n == 0;
}

size_t
yara_line_of(struct str text, const char *word, struct str name)
{
	struct str line, w = str_of(word);

	for (size_t n = 1; str_next(&text, '\n', &line); n++) {
		size_t at = str_find(line, w), after;

		if (at == STR_NPOS)
			continue;
		line = str_trim(str_from(line, at + w.n));
		after = name.n;
		if (str_starts(line, name) && (line.n == after ||
		    !(ascii_is_alnum((unsigned char)line.p[after]) || line.p[after] == '_')))
			return n;
	}
	return 0;
}

static void
say_forbidden(const char *path, struct str names, struct buf *errors)
{
	struct buf text, quoted;
	struct str name;

	buf_init(&text, RULE_FILE_MAX);
	buf_init(&quoted, 256);
	if (fdio_read_file(path, &text) != RC_OK)
		buf_reset(&text);
	while (str_next(&names, '\n', &name)) {
		if (!name.n)
			continue;
		buf_reset(&quoted);
		buf_printf(&quoted, "\"%.*s\"", STR_ARG(name));
		buf_printf(errors, "%s:%zu: the module \"%.*s\" is not allowed (engine.yara_modules)\n", path,
		    yara_line_of(buf_str(&text), "import", buf_str(&quoted)), STR_ARG(name));
	}
	buf_clear(&text);
	buf_clear(&quoted);
}

YR_RULES *
yara_compile(const char *const *paths, size_t n, const bool *skip, struct opt_list modules,
    struct buf *errors, struct buf *warnings)
{
	struct listener l = { "", errors, warnings };
	YR_COMPILER *c = new_compiler(&l);
	YR_RULES *rules = NULL;
	struct buf forbidden;
	bool good = c != NULL;

	/* After an error a compiler is of no more use. */
	for (size_t i = 0; good && i < n; i++)
		if (!skip || !skip[i])
			good = add_file(c, &l, paths[i]);
	if (good && yr_compiler_get_rules(c, &rules) != ERROR_SUCCESS)
		rules = NULL;
	if (c)
		yr_compiler_destroy(c);
	buf_init(&forbidden, 4096);
	if (rules && !imports_allowed(rules, modules, &forbidden)) {
		say_forbidden(n == 1 ? paths[0] : "", buf_str(&forbidden), errors);
		yr_rules_destroy(rules);
		rules = NULL;
	}
	buf_clear(&forbidden);
	return rules;
}

/* "7", "7.5" -> 70, 75; false for anything else or over the top. */
static bool
parse_score(struct str s, int *out)
{
	int v = 0;
	size_t i = 0;

	while (i < s.n && i < SCORE_DIGITS && ascii_is_digit((unsigned char)s.p[i]))
		v = v * 10 + (s.p[i++] - '0');
	if (i == 0)
		return false;
	v *= 10;
	if (i + 2 == s.n && s.p[i] == '.' && ascii_is_digit((unsigned char)s.p[i + 1]))
		v += s.p[i + 1] - '0';
	else if (i != s.n)
		return false;
	*out = v;
	return v <= YARA_SCORE_MAX;
}

static bool
parse_scopes(struct str s, unsigned *out)
{
	struct str word;

	*out = 0;
	while (s.n) {
		size_t n = 0, scope = 0;

		while (n < s.n && s.p[n] != ',' && !ascii_is_space((unsigned char)s.p[n]))
			n++;
		word = str_upto(s, n);
		s = str_from(s, n + 1);
		if (!word.n)
			continue;
		while (scope < YARA_SCOPES && !str_eq_nocase(word, str_of(yara_scope_name((enum yara_scope)scope))))
			scope++;
		if (scope == YARA_SCOPES)
			return false;
		*out |= 1u << scope;
	}
	return *out != 0;
}

static bool
meta_score(const YR_META *m, int *out)
{
	if (m->type == META_TYPE_STRING)
		return parse_score(str_trim(str_of(m->string)), out);
	if (m->type != META_TYPE_INTEGER || m->integer < 0 || m->integer * 10 > YARA_SCORE_MAX)
		return false;
	*out = (int)m->integer * 10;
	return true;
}

bool
yara_meta(struct pool *pool, const YR_RULE *rule, struct yara_rule *out, struct buf *why)
{
	const YR_META *m, *score = NULL, *class = NULL, *scope = NULL;

	*out = (struct yara_rule){
		.name = str_of(rule->identifier), .file = str_of(rule->ns->name), .class = CLASS_MALWARE,
		.score = YARA_SCORE_DEFAULT, .scopes = 1u << YARA_FILE, .private = RULE_IS_PRIVATE(rule),
	};
	yr_rule_metas_foreach(rule, m) {
		bool text = m->type == META_TYPE_STRING;

		if (strcmp(m->identifier, "class") == 0)
			class = m;
		else if (strcmp(m->identifier, "score") == 0)
			score = m;
		else if (strcmp(m->identifier, "scope") == 0)
			scope = m;
		else if (text && strcmp(m->identifier, "description") == 0)
			out->description = pool_str(pool, str_of(m->string));
	}
	/* Without a class it was not written for us, and its score is of another scale. */
	if (!class)
		return true;
	if (class->type != META_TYPE_STRING || !class_parse(str_of(class->string), &out->class))
		buf_printf(why, "class \"%s\" is none", class->type == META_TYPE_STRING ? class->string : "");
	if (score && !meta_score(score, &out->score))
		buf_printf(why, "%sscore is no number from 0 to 1000 with at most one decimal", why->n ? "; " : "");
	if (scope && (scope->type != META_TYPE_STRING || !parse_scopes(str_of(scope->string), &out->scopes)))
		buf_printf(why, "%sscope \"%s\" names no scope", why->n ? "; " : "",
		    scope->type == META_TYPE_STRING ? scope->string : "");
	return why->n == 0;
}
