/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/state_files.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/fdio.h"
#include "base/replace.h"

enum { DIR_MODE = 0700, MS_PER_S = 1000 };

/* What is not taken: folders end with a slash. */
static const struct str others[] = {
	{ "ledger/", 7 },	/* records: out of the store */
	{ "bodies/", 7 },	/* out of the store */
	{ "feeds/", 6 },	/* fetched again */
};
/* But for these: records that wait for the store, and those that it does not take. */
static const struct str apart[] = { { "ledger/spill.jsonl", 18 }, { "ledger/refused.jsonl", 20 } };

static bool
is_apart(struct str name)
{
	return str_eq(name, apart[0]) || str_eq(name, apart[1]);
}

/* ---- names ---- */

static bool
is_plain(struct str name)
{
	int depth = 0;
	char last = '/';

	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (last == '/' && (c == '.' || c == '/'))
			return false;
		if (!ascii_is_alnum((unsigned char)c) && c != '.' && c != '-' && c != '_' && c != '/')
			return false;
		depth += c == '/';
		last = c;
	}
	return name.n > 0 && name.n <= STATE_NAME && last != '/' && depth < STATE_DEPTH;
}

bool
state_file_name(struct str name)
{
	if (!is_plain(name))
		return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (str_starts(name, others[i]) || str_eq(name, str_upto(others[i], others[i].n - 1)))
			return is_apart(name);
	return true;
}

bool
state_file_is_key(struct str name)
{
	return str_starts(name, STR("keys/"));
}

/* ---- reading ---- */

/* A folder of which nothing is taken, and there may be a million files in it. */
static bool
is_skipped(struct str folder)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (str_eq(folder, str_upto(others[i], others[i].n - 1)))
			return !str_starts(apart[0], others[i]);
	return false;
}

/* PATH.new is half of a file: replace_file. */
static bool
is_taken(struct str name)
{
	return state_file_name(name) && !str_ends_nocase(name, STR(".new"));
}

/* What vanished meanwhile is no error: journals are turned over, mail is learned from. */
static enum rc
give(const FTSENT *at, struct str name, enum rc (*each)(void *arg, const struct state_file *), void *arg, struct buf *why)
{
	int fd = open(at->fts_accpath, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct state_file f = { .name = name, .time_ms = (int64_t)at->fts_statp->st_mtime * MS_PER_S };
	enum rc rc;

	if (fd < 0) {
		if (errno == ENOENT)
			return RC_OK;
		buf_printf(why, "%s: %s", at->fts_path, strerror(errno));
		return RC_TEMP;
	}
	rc = fdio_map(fd, &f.content);
	if (rc == RC_OK) {
		rc = each(arg, &f);
		fdio_unmap(&f.content);
	} else {
		buf_printf(why, "%s: cannot be read", at->fts_path);
	}
	close(fd);
	return rc;
}

enum rc
state_files_each(struct str state_dir, enum rc (*each)(void *arg, const struct state_file *), void *arg, struct buf *why)
{
	char root[PATH_MAX], *const roots[] = { root, NULL };
	enum rc rc = RC_OK;
	FTSENT *at;
	FTS *tree;

	snprintf(root, sizeof(root), "%.*s", STR_ARG(str_upto(state_dir, sizeof(root) - 1)));
	tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	while (tree && rc == RC_OK && (at = fts_read(tree)) != NULL) {
		struct str name = { at->fts_path, at->fts_pathlen };

		name = str_from(name, at->fts_level > 0 ? strlen(root) + 1 : name.n);
		if (at->fts_level > STATE_DEPTH || (at->fts_info == FTS_D && is_skipped(name)))
			fts_set(tree, at, FTS_SKIP);
		else if (at->fts_info == FTS_F && is_taken(name))
			rc = give(at, name, each, arg, why);
		else if (at->fts_info == FTS_DNR || (at->fts_info == FTS_NS && at->fts_level == 0)) {
			buf_printf(why, "%s: %s", at->fts_path, strerror(at->fts_errno));
			rc = RC_TEMP;
		}
	}
	if (tree)
		fts_close(tree);
	return tree ? rc : RC_TEMP;
}

/* ---- writing ---- */

static enum rc
make_folders(char *path, size_t from)
{
	for (char *p = strchr(path + from, '/'); p; p = strchr(p + 1, '/')) {
		bool made;

		*p = '\0';
		made = mkdir(path, DIR_MODE) == 0 || errno == EEXIST;
		*p = '/';
		if (!made)
			return RC_TEMP;
	}
	return RC_OK;
}

/* RC_OK: the same is there already. RC_NONE: another one is. RC_LIMIT: none is. */
static enum rc
look_at(const char *path, struct str want)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct str is;
	enum rc rc;

	if (fd < 0)
		return errno == ENOENT ? RC_LIMIT : RC_NONE;
	rc = fdio_map(fd, &is);
	if (rc == RC_OK) {
		rc = str_eq(is, want) ? RC_OK : RC_NONE;
		fdio_unmap(&is);
	}
	close(fd);
	return rc;
}

enum rc
state_file_put(struct str state_dir, const struct state_file *f, bool replace, struct buf *why)
{
	char path[PATH_MAX];
	enum rc rc;

	snprintf(path, sizeof(path), "%.*s/%.*s", STR_ARG(str_upto(state_dir, PATH_MAX - STATE_NAME - 2)), STR_ARG(f->name));
	rc = look_at(path, f->content);
	if (rc == RC_LIMIT || (rc == RC_NONE && replace)) {
		rc = make_folders(path, state_dir.n + 1);
		if (rc == RC_OK)
			rc = replace_file(path, &f->content, 1);
		if (rc != RC_OK) {
			buf_printf(why, "%s: %s", path, strerror(errno));
			rc = RC_TEMP;
		}
	}
	return rc;
}
