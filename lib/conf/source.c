/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "conf/source.h"

#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <string.h>

#include "base/ascii.h"
#include "base/fdio.h"
#include "conf/conf.h"

/* A line whose continuation may still come. */
struct open_line {
	struct str key;
	struct buf value;
	size_t line;
	bool open;
};

void
conf_error(struct conf_errors *e, const char *file, size_t line, struct str key, struct str reason)
{
	if (++e->n > CONF_ERRORS) {
		if (e->n == CONF_ERRORS + 1)
			buf_adds(e->out, "more errors are not shown\n");
		return;
	}
	e->at[e->n - 1] = (struct conf_error_at){ file, line, e->out->n, 0 };
	buf_adds(e->out, file);
	if (line)
		buf_printf(e->out, ":%zu", line);
	buf_adds(e->out, ": ");
	if (key.n) {
		buf_add(e->out, key);
		buf_adds(e->out, ": ");
	}
	buf_add(e->out, reason);
	buf_addc(e->out, '\n');
	e->at[e->n - 1].end = e->out->n;
}

/* Files come in the order of their first error. */
static size_t
first_of(const struct conf_errors *e, const char *file)
{
	size_t i = 0;

	while (strcmp(e->at[i].file, file) != 0)
		i++;
	return i;
}

/* What has no line comes last. */
static bool
comes_before(const struct conf_error_at *a, const struct conf_error_at *b)
{
	return a->line && (!b->line || a->line < b->line);
}

/* Few, and mostly in order: sorting by insertion keeps what is of one line as it was. */
void
conf_errors_sort(struct conf_errors *e)
{
	size_t n = e->n < CONF_ERRORS ? e->n : CONF_ERRORS, rank[CONF_ERRORS], order[CONF_ERRORS], k;
	struct buf sorted;

	for (size_t i = 0; i < n; i++) {
		rank[i] = first_of(e, e->at[i].file);
		for (k = i; k > 0 && (rank[order[k - 1]] > rank[i] || (rank[order[k - 1]] == rank[i] &&
		    comes_before(&e->at[i], &e->at[order[k - 1]]))); k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
	if (n == 0 || e->out->full)
		return;
	buf_init(&sorted, e->out->n + 1);
	buf_add(&sorted, str_upto(buf_str(e->out), e->at[0].from));
	for (size_t i = 0; i < n; i++)
		buf_add(&sorted, str_sub(buf_str(e->out), e->at[order[i]].from, e->at[order[i]].end - e->at[order[i]].from));
	buf_add(&sorted, str_from(buf_str(e->out), e->at[n - 1].end));
	buf_reset(e->out);
	buf_add(e->out, buf_str(&sorted));
	buf_clear(&sorted);
}

void
conf_errorf(struct conf_errors *e, const char *file, size_t line, struct str key, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, 4096);
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	conf_error(e, file, line, key, buf_str(&b));
	buf_clear(&b);
}

/* A path beside the including file, unless absolute. */
static const char *
beside(struct pool *pool, const char *file, struct str name)
{
	size_t slash = str_rchr(str_of(file), '/');
	struct str dir = slash == STR_NPOS ? STR_NONE : str_upto(str_of(file), slash + 1);

	if (str_starts(name, STR("/")))
		dir = STR_NONE;
	return pool_printf(pool, "%.*s%.*s", STR_ARG(dir), STR_ARG(name)).p;
}

static void
include_one(struct source *s, const struct conf_line *at, const char *path)
{
	enum rc rc;

	s->depth++;
	rc = source_file(s, path);
	s->depth--;
	if (rc == RC_NONE)
		conf_errorf(s->errors, at->file, at->line, at->key, "no such file: %s", path);
}

/* A name must exist; a pattern may match nothing, as an empty conf.d does. */
static void
include(struct source *s, const struct conf_line *at)
{
	const char *pattern = beside(s->pool, at->file, at->value);
	glob_t found = { 0 };
	int rc;

	if (!s->includes) {
		conf_errorf(s->errors, at->file, at->line, at->key, "not possible here");
		return;
	}
	if (s->depth >= CONF_INCLUDES || at->value.n == 0) {
		conf_errorf(s->errors, at->file, at->line, at->key,
		    at->value.n ? "more than %d files include each other" : "file name missing", CONF_INCLUDES);
		return;
	}
	rc = glob(pattern, 0, NULL, &found);
	for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++)
		include_one(s, at, pool_cstr(s->pool, str_of(found.gl_pathv[i])));
	if (rc == GLOB_NOMATCH && !strpbrk(pattern, "*?["))
		conf_errorf(s->errors, at->file, at->line, at->key, "no such file: %s", pattern);
	else if (rc != 0 && rc != GLOB_NOMATCH)
		conf_errorf(s->errors, at->file, at->line, at->key, "cannot read: %s", pattern);
	globfree(&found);
}

bool
source_has_comment(struct str value)
{
	bool quoted = false;

	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '"')
			quoted = !quoted;
		else if (quoted && value.p[i] == '\\')
			i++;
		else if (!quoted && value.p[i] == '#' && (i == 0 || ascii_is_wsp((unsigned char)value.p[i - 1])))
			return true;
	}
	return false;
}

static void
finish_line(struct source *s, const char *file, struct open_line *open)
{
	struct conf_line line = { .key = open->key, .file = file, .line = open->line };

	if (!open->open)
		return;
	open->open = false;
	line.value = pool_str(s->pool, str_trim(buf_str(&open->value)));
	buf_reset(&open->value);
	if (source_has_comment(line.value)) {
		conf_errorf(s->errors, file, line.line, line.key, "a comment must have a line of its own");
		return;
	}
	if (str_eq(line.key, STR("include"))) {
		include(s, &line);
		return;
	}
	*(struct conf_line *)vec_push(s->pool, &s->lines, sizeof(line)) = line;
}

static bool
is_key(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum((unsigned char)s.p[i]) && s.p[i] != '_' && s.p[i] != '.' && s.p[i] != '-')
			return false;
	return s.n > 0;
}

static bool
has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
			return true;
	return false;
}

static void
start_line(struct source *s, const char *file, size_t number, struct str text, struct open_line *open)
{
	size_t eq = str_chr(text, '=');
	struct str key = str_trim(str_upto(text, eq));

	if (eq == STR_NPOS || !is_key(key)) {
		conf_errorf(s->errors, file, number, STR_NONE, "not a line of the form 'key = value'");
		return;
	}
	open->open = true;
	open->key = pool_str(s->pool, key);
	open->line = number;
	buf_add(&open->value, str_from(text, eq + 1));
}

static void
take_line(struct source *s, const char *file, size_t number, struct str text, struct open_line *open)
{
	struct str bare = str_trim(text);

	if (bare.n == 0 || bare.p[0] == '#')
		return;
	if (has_control(bare)) {
		conf_errorf(s->errors, file, number, STR_NONE, "control character");
		return;
	}
	if (!ascii_is_wsp((unsigned char)text.p[0])) {
		finish_line(s, file, open);
		start_line(s, file, number, bare, open);
	} else if (open->open) {
		buf_addc(&open->value, ' ');
		buf_add(&open->value, bare);
	} else {
		conf_errorf(s->errors, file, number, STR_NONE, "continues no line");
	}
}

void
source_text(struct source *s, const char *file, struct str text)
{
	struct open_line open = { .open = false };
	struct str line;
	size_t number = 0;

	if (text.n > CONF_BYTES) {
		conf_errorf(s->errors, file, 0, STR_NONE, "larger than %d bytes", CONF_BYTES);
		return;
	}
	file = pool_cstr(s->pool, str_of(file));
	buf_init(&open.value, CONF_BYTES * 2);
	while (str_next(&text, '\n', &line))
		take_line(s, file, ++number, line, &open);
	finish_line(s, file, &open);
	buf_clear(&open.value);
}

enum rc
source_file(struct source *s, const char *path)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, CONF_BYTES);
	rc = fdio_read_file(path, &text);
	if (rc == RC_OK)
		source_text(s, path, buf_str(&text));
	else if (rc == RC_LIMIT)
		conf_errorf(s->errors, path, 0, STR_NONE, "larger than %d bytes", CONF_BYTES);
	else if (rc != RC_NONE)
		conf_errorf(s->errors, path, 0, STR_NONE, "%s", strerror(errno));
	buf_clear(&text);
	return rc == RC_OK || rc == RC_NONE ? rc : RC_BAD;
}
