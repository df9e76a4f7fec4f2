/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "conf/files.h"

#include <errno.h>
#include <string.h>

#include "base/fdio.h"
#include "conf/snapshot.h"

struct pool *
conf_files_pool(const struct conf_files *f)
{
	return f->conf->pool;
}

void
conf_files_add(struct conf_files *f, struct str path, struct str text)
{
	struct conf_file *file = vec_push(f->conf->pool, &f->conf->files, sizeof(*file));

	*file = (struct conf_file){ pool_str(f->conf->pool, path), pool_str(f->conf->pool, text) };
}

static const struct conf_file *
find(const struct conf *c, struct str path)
{
	const struct conf_file *file = c->files.items;

	for (size_t i = 0; i < c->files.n; i++)
		if (str_eq(file[i].path, path))
			return &file[i];
	return NULL;
}

static size_t
bytes_so_far(const struct conf *c)
{
	const struct conf_file *file = c->files.items;
	size_t n = 0;

	for (size_t i = 0; i < c->files.n; i++)
		n += file[i].text.n;
	return n;
}

static void
error(struct conf_files *f, struct str key, struct str path, const char *why)
{
	const struct conf_item *item = conf_find(f->conf, key);

	conf_errorf(f->errors, item && item->file ? item->file : f->name, item && item->file ? item->line : 0, key,
	    "%.*s: %s", STR_ARG(path), why);
}

/* Why it could not be read; NULL: it could. */
static const char *
read_in(struct conf_files *f, struct str path, enum rc *rc)
{
	struct buf content;
	const char *why = NULL;

	buf_init(&content, CONF_FILES_BYTES - bytes_so_far(f->conf));
	*rc = fdio_read_file(pool_cstr(f->conf->pool, path), &content);
	if (*rc == RC_NONE)
		why = "no such file";
	else if (*rc == RC_LIMIT)
		why = "too large";
	else if (*rc != RC_OK)
		why = strerror(errno);
	else if (str_chr(buf_str(&content), '\0') != STR_NPOS)
		why = "is no text";
	else
		conf_files_add(f, path, buf_str(&content));
	buf_clear(&content);
	return why;
}

static bool
text_of(struct conf_files *f, struct str key, struct str path, bool must, struct str *text)
{
	const struct conf_file *there = find(f->conf, path);
	const char *why;
	enum rc rc;

	if (!there && f->may_read) {
		why = read_in(f, path, &rc);
		if (why && (must || rc != RC_NONE))
			error(f, key, path, why);
		there = find(f->conf, path);
	}
	if (there)
		*text = there->text;
	return there != NULL;
}

bool
conf_files_text(struct conf_files *f, struct str key, struct str path, struct str *text)
{
	return text_of(f, key, path, true, text);
}

bool
conf_files_try(struct conf_files *f, struct str key, struct str path, struct str *text)
{
	return text_of(f, key, path, false, text);
}

struct opt_list
conf_file_names(const struct conf *c, struct pool *pool)
{
	const struct conf_file *file = c->files.items;
	struct str *name = pool_alloc(pool, (c->files.n + 1) * sizeof(*name));

	for (size_t i = 0; i < c->files.n; i++)
		name[i] = file[i].path;
	return (struct opt_list){ name, c->files.n };
}
